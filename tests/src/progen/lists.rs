//! Records, lists, what is asked of a list, and what may be unknown.

use super::{Clock, Gen, Scope, Ty, item_fields};

impl Gen {
    pub(crate) fn item(&mut self, depth: usize) -> String {
        self.mark("record");
        let fields: Vec<String> = item_fields()
            .into_iter()
            .map(|(name, ty)| {
                let value = match (&ty, depth) {
                    (Ty::Opt(of), 0) => self.literal(of),
                    (ty, 0) => self.literal(ty),
                    (ty, _) => self.expr(ty, depth - 1),
                };
                format!("{name}: {value}")
            })
            .collect();
        format!("item({})", fields.join(", "))
    }

    pub(super) fn list(&mut self, of: &Ty, depth: usize) -> String {
        self.mark("list");
        let items: Vec<String> = (0..1 + self.rng.below(3))
            .map(|_| self.expr(of, depth))
            .collect();
        format!("[{}]", items.join(", "))
    }

    /// Something that may be unknown.
    pub(super) fn maybe(&mut self, of: &Ty, depth: usize) -> String {
        match self.rng.below(6) {
            5 => self.cell(of, depth).unwrap_or_else(|| self.expr(of, depth)),
            0 | 1 => self
                .history_maybe(of)
                .unwrap_or_else(|| self.expr(of, depth)),
            2 => self.list_maybe(of).unwrap_or_else(|| self.expr(of, depth)),
            3 => match self.var(&of.clone().opt()) {
                Some(name) => {
                    self.mark("optional branch");
                    let c = self.expr(&Ty::Bool, depth);
                    let b = self.expr(of, depth);
                    format!("(if {c} then {name} else {b})")
                }
                None => self.expr(of, depth),
            },
            _ => self.atom(&of.clone().opt()),
        }
    }

    /// A list and the name of its elements: (list, element's type).
    pub(crate) fn some_list(&mut self) -> Option<(String, Ty)> {
        let all: Vec<(String, Ty)> = self
            .scope
            .vars
            .iter()
            .filter_map(|(n, t)| {
                if let Ty::List(of) = t {
                    Some((n.clone(), (**of).clone()))
                } else {
                    None
                }
            })
            .collect();
        if all.is_empty() {
            None
        } else {
            Some(self.rng.pick(&all))
        }
    }

    /// ` where …` over an element, or nothing.
    pub(crate) fn element_where(&mut self, binder: &str, of: &Ty) -> String {
        if self.rng.chance(40) {
            return String::new();
        }
        self.mark("where of a list");
        let mut scope = Scope {
            histories: false,
            sends: None,
            ..self.scope.clone()
        };
        if scope.clock == Clock::Solvable {
            scope.clock = Clock::Never;
        }
        scope.vars.extend(self.opened(binder, of));
        let filter = self.within(scope, |g| g.expr(&Ty::Bool, 1));
        format!(" where {filter}")
    }

    /// What of an element has this type: itself or its fields.
    fn fields_of(&self, binder: &str, of: &Ty, ty: &Ty) -> Vec<String> {
        let opened = self.opened(binder, of).into_iter();
        opened.filter(|(_, t)| t == ty).map(|(n, _)| n).collect()
    }

    pub(super) fn list_number(&mut self, ty: &Ty) -> Option<String> {
        let (list, of) = self.some_list()?;
        let binder = self.fresh("x");
        let fields = self.fields_of(&binder, &of, ty);
        let filter = self.element_where(&binder, &of);
        if *ty == Ty::Int && (fields.is_empty() || self.rng.chance(40)) {
            self.mark("list count");
            return Some(format!("(count {binder} in {list}{filter})"));
        }
        if fields.is_empty() {
            return None;
        }
        self.mark("list sum");
        let field = self.rng.pick(&fields);
        Some(format!("(sum {field} in {list}{filter})"))
    }

    pub(super) fn list_maybe(&mut self, ty: &Ty) -> Option<String> {
        let (list, of) = self.some_list()?;
        let binder = self.fresh("x");
        let fields = self.fields_of(&binder, &of, ty);
        if fields.is_empty() {
            return None;
        }
        let field = self.rng.pick(&fields);
        let filter = self.element_where(&binder, &of);
        let (mark, word) = match ty {
            Ty::Num | Ty::Eur if self.rng.chance(40) => ("list avg", "avg"),
            _ if ty.ordered() && self.rng.chance(60) => {
                if self.rng.chance(50) {
                    ("list min", "min")
                } else {
                    ("list max", "max")
                }
            }
            _ => {
                if self.rng.chance(50) {
                    ("list first", "first")
                } else {
                    ("list last", "last")
                }
            }
        };
        self.mark(mark);
        Some(format!("({word} {field} in {list}{filter})"))
    }
}
