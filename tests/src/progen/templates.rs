//! Bodies of messages in files of their own: text with places, branches, loops, what is left as it is.

use super::{Gen, Scope, Ty};

impl Gen {
    /// A file for the body of the message in the making; None: it stands in line.
    pub(super) fn template(&mut self, channel: &str) -> Option<&'static str> {
        if channel != "mail" || !self.rng.chance(35) {
            return None;
        }
        let names = match self.world.messages.len() {
            0 => ["m0.html", "m0.txt"],
            1 => ["m1.html", "m1.txt"],
            _ => return None,
        };
        let name = self.rng.pick(&names);
        self.mark(if name.ends_with("html") {
            "template of HTML"
        } else {
            "template of text"
        });
        let text = self.parts(2);
        self.files.push((name, text));
        Some(name)
    }

    fn parts(&mut self, depth: usize) -> String {
        (0..1 + self.rng.below(4))
            .map(|_| self.part(depth))
            .collect()
    }

    fn part(&mut self, depth: usize) -> String {
        match self.rng.below(9) {
            0 => "<p class=\"a\">it's & done</p>\n".to_owned(),
            1 => "{# {{ nobody }} reads this #}{% raw %}{{ as it is }}{% endraw %}".to_owned(),
            2..4 => {
                let ty = self
                    .rng
                    .pick(&[Ty::Int, Ty::Eur, Ty::Num, Ty::Date, Ty::Tier]);
                let value = self.expr(&ty, 1);
                format!("{{{{ {value} -}}}} \n")
            }
            4 | 5 => format!("[{{{{ {} }}}}]", self.text(1)),
            6 | 7 if depth > 0 => {
                self.mark("template branch");
                let (one, two) = (self.expr(&Ty::Bool, 1), self.expr(&Ty::Bool, 1));
                let [a, b, c] = [(); 3].map(|()| self.parts(depth - 1));
                format!("{{% if {one} %}}{a}{{%- elif {two} %}}{b}{{% else -%}}{c}{{% endif %}}")
            }
            _ if depth > 0 => self.each(depth).unwrap_or_default(),
            _ => "\n".to_owned(),
        }
    }

    fn each(&mut self, depth: usize) -> Option<String> {
        let (list, of) = self.some_list()?;
        self.mark("template loop");
        let name = self.fresh("x");
        let mut scope = Scope {
            histories: false,
            ..self.scope.clone()
        };
        scope.vars.extend(self.opened(&name, &of));
        let inside = self.within(scope, |g| g.parts(depth - 1));
        let empty = self.parts(0);
        Some(format!(
            "{{% for {name} in {list} %}}{{{{ loop.index }}}}{inside}{{% if not loop.last %}}, {{% endif %}}\
             {{% else %}}{empty}{{% endfor %}}"
        ))
    }
}
