//! Sources of every format: how raw records become the program's events and profiles. Their paths are those at
//! which `trial::raw` writes a record, and what is assigned undoes what it did to a value.

use super::{Gen, Named, Ty};

impl Gen {
    pub(super) fn sources(&mut self) -> String {
        let several = self.marks.contains_key("several identifiers");
        let who = if several {
            "user_id: who.user, mailbox: who.mailbox, device: who.device"
        } else {
            "user_id: who.user"
        };
        let mut text = format!("source objects from json {{\n    identify {{ {who} }}\n");
        self.mark("source of objects");
        let profile: Vec<String> = self
            .world
            .profile
            .iter()
            .skip(2)
            .map(|(n, _)| n.clone())
            .collect();
        let writes: Vec<String> = profile.iter().map(|n| format!("{n}: body.{n}")).collect();
        text += &format!(
            "    when kind == \"profile\" => profile {{ at: stamp, id: number, {} }}\n",
            writes.join(", ")
        );
        for event in self.world.events.clone() {
            let also = self.also();
            let name = &event.name;
            if self.rng.chance(50) {
                self.mark("source for each");
                let assigned = assigned(&event.fields, "part.");
                text += &format!(
                    "    when kind == \"{name}\"{also} and known parts => {name} each part in parts {{\n        \
                     at: stamp\n        id: number\n{assigned}    }}\n"
                );
            }
            let assigned = assigned(&event.fields, "body.");
            text += &format!(
                "    when kind == \"{name}\"{also} => {name} {{\n        at: stamp\n        \
                 id: number\n{assigned}    }}\n"
            );
        }
        text += "}\n";
        text += &self.calls();
        text += &self.rows();
        text + "source lines from text {\n    \
             when body matches /^(?i)no more$/ => signed_off { whole: true }\n    \
             when body contains \"more\" => signed_off { whole: false }\n    \
             when body in [\"yes\", \"no\"] => signed_up { yes: body == \"yes\" }\n}\n"
    }

    /// What else a record has to be, which it always is.
    fn also(&mut self) -> &'static str {
        self.rng.pick(&[
            "",
            "",
            " and known stamp",
            " and kind matches /^e[0-9]+$/",
            " and not (kind starts with \"profile\")",
            " and (level between 1 and 3 or level == 9)",
            " and kind in [kind, \"other\"]",
            " and (unheard_of ?? true)",
        ])
    }

    /// Of the first event, as a library sends it.
    fn calls(&mut self) -> String {
        let Some(event) = self.world.events.first().cloned() else {
            return String::new();
        };
        self.mark("source of calls");
        let assigned = assigned(&event.fields, "properties.");
        let name = event.name;
        format!(
            "source calls from segment {{\n    identify {{ user_id: userId }}\n    \
             when type == \"track\" and event == \"{name}\" => {name} {{\n{assigned}    }}\n}}\n"
        )
    }

    /// Of the first event that a row can hold: plain fields, and no text that may be unknown.
    fn rows(&mut self) -> String {
        let plain = |(_, ty): &Named| !matches!(ty, Ty::Item | Ty::List(_) | Ty::Opt(_));
        let mut events = self.world.events.iter();
        let event = events.find(|event| !event.broadcast && event.fields.iter().all(plain));
        let Some(event) = event.cloned() else {
            return String::new();
        };
        self.mark("source of rows");
        let (name, assigned) = (&event.name, assigned(&event.fields, ""));
        format!(
            "source rows from csv {{\n    identify {{ user_id: `who is it` }}\n    => {name} {{\n        \
             at: stamp\n        id: number\n{assigned}    }}\n}}\n"
        )
    }
}

/// A line for each field: `trial::raw::bent` says what was done to it.
fn assigned(fields: &[Named], prefix: &str) -> String {
    fields
        .iter()
        .map(|(name, ty)| {
            let path = format!("{prefix}{name}");
            let value = match ty {
                Ty::Eur => format!("{path} * 1%"),
                Ty::Int => format!("{path} - 1"),
                Ty::Bool => format!("{path} == \"y\""),
                // an empty cell says nothing
                Ty::Text if prefix.is_empty() => format!("{path} ?? \"\""),
                Ty::Text => format!("\"{{{path}}}\""),
                Ty::Num => format!("if known {path} then {path} else 0"),
                _ => path,
            };
            format!("        {name}: {value}\n")
        })
        .collect()
}
