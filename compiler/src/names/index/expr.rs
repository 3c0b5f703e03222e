//! The names of expressions, patterns of values, types, parameters and patterns of events.

use super::{Symbol, Walk};
use journey_grammar::tree::{
    Arg, EventPattern, Expr, ExprKind, FieldDecl, History, InSet, KeyRef, ListQuery, Name, Param,
    Pattern, PatternKind, TextPart, TypeKind, TypeRef, WindowKind,
};

impl Walk<'_> {
    pub(super) fn exprs<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>) {
        for e in all {
            self.expr(e);
        }
    }

    pub(super) fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Missing
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number { .. }
            | ExprKind::Time(_)
            | ExprKind::Date(_)
            | ExprKind::Clock(_)
            | ExprKind::Quantity { .. } => {}
            ExprKind::Money { currency, .. } => self.built_in(currency),
            ExprKind::Text(parts) => self.exprs(parts.iter().filter_map(|part| match part {
                TextPart::Expr(e) => Some(e),
                TextPart::Text(_) => None,
            })),
            ExprKind::List(items) => self.exprs(items),
            ExprKind::Path(names) => self.path(names),
            ExprKind::Field(base, name) => {
                self.expr(base);
                self.refer_read(name);
            }
            ExprKind::Call(path, args) => self.call(path, args),
            ExprKind::Unary(_, inner) | ExprKind::Matches(inner, _) | ExprKind::Paren(inner) => {
                self.expr(inner);
            }
            ExprKind::Binary(_, left, right) => self.exprs([&**left, &**right]),
            ExprKind::In { value, set, .. } => {
                self.expr(value);
                match set {
                    InSet::Missing(_) => {}
                    InSet::List(items) => self.exprs(items),
                    InSet::Range(low, high) => self.exprs([&**low, &**high]),
                    InSet::Expr(list) => self.expr(list),
                }
            }
            ExprKind::If {
                condition,
                then,
                otherwise,
            } => self.exprs([&**condition, &**then, &**otherwise]),
            ExprKind::Match { value, arms } => {
                self.expr(value);
                for arm in arms {
                    self.patterns(&arm.patterns);
                    self.expr(&arm.value);
                }
            }
            ExprKind::ListQuery(query) => self.list_query(query),
            ExprKind::History(history) => self.history(history),
        }
    }

    /// Names with points between them. What the check did not get to is looked up by its name alone.
    pub(super) fn path(&mut self, names: &[Name]) {
        let Some(first) = names.first() else { return };
        let bound = self.binders.iter().rev().find(|(n, _)| *n == first.text);
        let bound = bound.map(|(_, symbol)| symbol.clone());
        let mut of_send = false;
        if let Some(symbol) = bound {
            self.refer(first, symbol);
        } else if !self.refer_read(first)
            && let Some(symbol) = self.variable(&first.text)
        {
            of_send = true;
            self.refer(first, symbol);
        }
        for name in names.iter().skip(1) {
            let known = self.refer_read(name);
            if !known && of_send && ["sent", "reason", "channel"].contains(&name.text.as_str()) {
                self.built_in(name);
            }
        }
    }

    fn call(&mut self, path: &[Name], args: &[Arg]) {
        self.path(path);
        let callee = match path {
            [name] => name.text.clone(),
            _ => String::new(),
        };
        self.args(&callee, args);
    }

    /// Arguments by name: parameters of what is called, fields of what is made.
    pub(super) fn args(&mut self, callee: &str, args: &[Arg]) {
        use crate::world::Entity;
        let entity = self.world.names.get(callee).copied();
        for arg in args {
            if let Some(name) = &arg.name {
                let symbol = match entity {
                    Some(Entity::Record(record)) => self.field_of(record, &name.text),
                    Some(Entity::Table(_)) => Symbol::Field(callee.to_owned(), name.text.clone()),
                    Some(_) => Symbol::Param(callee.to_owned(), name.text.clone()),
                    None => Symbol::BuiltIn(name.text.clone()),
                };
                self.refer(name, symbol);
            }
            self.expr(&arg.value);
        }
    }

    fn list_query(&mut self, query: &ListQuery) {
        self.expr(&query.list);
        let (owner, at) = (self.owner.clone(), query.binder.span.start);
        let symbol = Symbol::Binder(owner, query.binder.text.clone(), at);
        self.note(&query.binder, symbol.clone(), true);
        self.binders.push((query.binder.text.clone(), symbol));
        for name in &query.field {
            self.refer_read(name);
        }
        self.exprs(&query.filter);
        self.binders.pop();
    }

    fn history(&mut self, history: &History) {
        self.event_path(&history.path);
        self.exprs(&history.filter);
        if let Some(sequence) = &history.sequence {
            self.event_path(&sequence.path);
            self.exprs(&sequence.filter);
            self.exprs(&sequence.within);
            if let Some(same) = &sequence.same {
                self.same(&history.path, &sequence.path, same);
            }
        }
        let numbers = [&history.half_life, &history.up_to, &history.panes];
        self.exprs(numbers.into_iter().flatten());
        match history.window.as_ref().map(|window| &window.kind) {
            Some(WindowKind::Last(e) | WindowKind::Since(e)) => self.expr(e),
            Some(WindowKind::Calendar(name)) => self.built_in(name),
            Some(WindowKind::SinceEnter) | None => {}
        }
    }

    /// `same FIELD`: it is a field of both events, and they have to be spelt alike.
    fn same(&mut self, first: &[Name], second: &[Name], same: &[Name]) {
        let (Some(one), Some(other)) = (self.event_name(first), self.event_name(second)) else {
            return;
        };
        let [name] = same else {
            for name in same {
                self.refer_read(name);
            }
            return;
        };
        let one = self.event_field(&one, &name.text);
        let other = self.event_field(&other, &name.text);
        self.link(&one, &other);
        self.refer(name, one);
    }

    /// The path of a history or a pattern: an event, an outcome, perhaps a field of it.
    pub(super) fn event_path(&mut self, path: &[Name]) {
        for (place, name) in path.iter().enumerate() {
            if self.refer_read(name) {
                continue;
            }
            if place == 0 {
                let alone = path.len() == 1;
                let declared = self.world.names.contains_key(&name.text);
                match self.locals.get(&name.text).cloned() {
                    Some(symbol) if !(alone && declared) => self.refer(name, symbol),
                    _ => self.declared(name),
                }
            } else {
                self.built_in(name);
            }
        }
    }

    /// What the event of a path is called in the world.
    pub(super) fn event_name(&self, path: &[Name]) -> Option<String> {
        let is_event = |name: &str| self.world.events.iter().any(|event| event.name == name);
        let first = path.first()?;
        if let Some(second) = path.get(1) {
            if let Some(Symbol::Outcome(owner, name)) = self.read(second) {
                return Some(format!("{owner}.{name}"));
            }
            let full = format!("{}.{}", first.text, second.text);
            if is_event(&full) {
                return Some(full);
            }
        }
        is_event(&first.text).then(|| first.text.clone())
    }

    pub(super) fn event_pattern(&mut self, pattern: &EventPattern) {
        self.event_path(&pattern.path);
        self.exprs(&pattern.filter);
        if let Some((binder, list)) = pattern.each.as_deref() {
            self.expr(list);
            self.local(binder);
        }
        if let Some(KeyRef::Field(name)) = &pattern.key {
            self.key(pattern, name);
        }
        pattern.bind.iter().for_each(|bind| self.local(bind));
    }

    /// `key F`, or `key x.F` of an element.
    fn key(&mut self, pattern: &EventPattern, name: &Name) {
        if let Some((binder, _)) = pattern.each.as_deref() {
            let mut at = name.span.start;
            for (place, part) in name.text.split('.').enumerate() {
                let end = at + u32::try_from(part.len()).unwrap_or_default();
                let own = Name {
                    text: part.to_owned(),
                    span: journey_grammar::tree::Span::new(at, end),
                };
                let known = self.refer_read(&own);
                if !known && place == 0 && part == binder.text {
                    let symbol = Symbol::Local(self.owner.clone(), part.to_owned());
                    self.refer(&own, symbol);
                }
                at = end + 1;
            }
        } else if let Some(event) = self.event_name(&pattern.path) {
            let symbol = self.event_field(&event, &name.text);
            self.refer(name, symbol);
        }
    }

    pub(super) fn patterns(&mut self, patterns: &[Pattern]) {
        for pattern in patterns {
            match &pattern.kind {
                PatternKind::Missing | PatternKind::Unknown | PatternKind::Else => {}
                PatternKind::Literal(e) => self.expr(e),
                PatternKind::Range(low, high) => self.exprs([low, high]),
                PatternKind::Path(names) => self.path(names),
            }
        }
    }

    // --- types

    pub(super) fn type_ref(&mut self, ty: &TypeRef) {
        match &ty.kind {
            TypeKind::Missing => {}
            TypeKind::Named(name) => self.declared(name),
            TypeKind::Money(currency) => self.built_in(currency),
            TypeKind::List(inner) | TypeKind::Optional(inner) => self.type_ref(inner),
            TypeKind::Range { base, low, high } => {
                self.built_in(base);
                self.exprs([&**low, &**high]);
            }
        }
    }

    pub(super) fn fields(&mut self, owner: &str, fields: &[FieldDecl]) {
        for field in fields {
            let symbol = Symbol::Field(owner.to_owned(), field.name.text.clone());
            self.note(&field.name, symbol, true);
            self.type_ref(&field.ty);
            self.exprs(&field.default);
        }
    }

    pub(super) fn params(&mut self, params: &[Param]) {
        for param in params {
            let symbol = Symbol::Param(self.owner.clone(), param.name.text.clone());
            self.introduces(&param.name, symbol);
            self.type_ref(&param.ty);
        }
    }
}
