//! The names of a declaration, kind by kind.

use super::{Symbol, Walk};
use crate::load::plain_path;
use journey_grammar::tree::{
    AnswerWithin, AnswersDecl, Assign, BodyDecl, ChannelDecl, DeclKind, EnumDecl, IdentityDecl,
    LimitDecl, LimitWindow, MessageDecl, Name, OutcomeDecl, ProfileDecl, PurposeDecl, SourceDecl,
    SourceTarget, TableDecl,
};

impl Walk<'_> {
    pub(super) fn decl(&mut self, kind: &DeclKind) {
        match kind {
            DeclKind::Enum(d) => self.enum_decl(d),
            DeclKind::Type(d) => {
                self.defines(&d.name);
                self.fields(&d.name.text, &d.fields);
            }
            DeclKind::Const(d) => {
                self.defines(&d.name);
                d.ty.iter().for_each(|ty| self.type_ref(ty));
                self.expr(&d.value);
            }
            DeclKind::Fn(d) => {
                self.defines(&d.name);
                self.params(&d.params);
                self.type_ref(&d.result);
                self.expr(&d.body);
            }
            DeclKind::Event(d) => {
                self.defines(&d.name);
                self.fields(&d.name.text, &d.fields);
                self.exprs(&d.keep);
            }
            DeclKind::Source(d) => self.source(d),
            DeclKind::Profile(d) => self.profile(d),
            DeclKind::Identity(d) => self.identity(d),
            DeclKind::Purpose(d) => self.purpose(d),
            DeclKind::Audience(d) => {
                self.defines(&d.name);
                self.expr(&d.value);
            }
            DeclKind::Channel(d) => self.channel(d),
            DeclKind::Message(d) => self.message(d),
            DeclKind::Journey(d) => self.journey(d),
            DeclKind::OfferType(d) => {
                self.defines(&d.name);
                self.fields(&d.name.text, &d.fields);
            }
            DeclKind::Group(d) => self.group(d),
            DeclKind::Offer(d) => self.offer(d),
            DeclKind::Model(d) => self.model(d),
            DeclKind::Decision(d) => self.decision(d),
            DeclKind::Limit(d) => self.limit(d),
            DeclKind::Holdout(d) => {
                self.defines(&d.name);
                self.expr(&d.share);
                self.tags(&d.tags);
                self.exprs(&d.salt);
            }
            DeclKind::Conversion(d) => self.conversion(d),
            DeclKind::Measure(d) => self.measure(d),
            DeclKind::Test(d) => self.test(d),
            DeclKind::Table(d) => self.table(d),
            DeclKind::Broken => {}
        }
    }

    pub(super) fn defines(&mut self, name: &Name) {
        self.note(name, Symbol::Declared(name.text.clone()), true);
    }

    /// The values of an enum of channels are channels' names, and stay so.
    fn enum_decl(&mut self, decl: &EnumDecl) {
        use crate::world::Entity;
        self.defines(&decl.name);
        let is_channel =
            |name: &Name| matches!(self.world.names.get(&name.text), Some(Entity::Channel(_)));
        let of_channels = !decl.values.is_empty() && decl.values.iter().all(is_channel);
        for value in &decl.values {
            let symbol = Symbol::Value(decl.name.text.clone(), value.text.clone());
            if of_channels {
                self.link(&symbol, &Symbol::Declared(value.text.clone()));
            }
            self.note(value, symbol, true);
        }
    }

    fn table(&mut self, decl: &TableDecl) {
        self.defines(&decl.name);
        let symbol = Symbol::Field(decl.name.text.clone(), decl.key.text.clone());
        self.note(&decl.key, symbol, true);
        self.fields(&decl.name.text, &decl.fields);
        self.expr(&decl.file);
        if let Some(file) = plain_path(&decl.file) {
            self.columns(&decl.name.text, file);
        }
    }

    fn source(&mut self, decl: &SourceDecl) {
        self.defines(&decl.name);
        self.built_in(&decl.format);
        self.profile_assigns(&decl.identify);
        for rule in &decl.rules {
            // The names of raw records are nobody's here; only an element has been introduced.
            if let Some((binder, list)) = &rule.each {
                self.raw(list);
                let (owner, at) = (self.owner.clone(), binder.span.start);
                let symbol = Symbol::Binder(owner, binder.text.clone(), at);
                self.note(binder, symbol.clone(), true);
                self.binders.push((binder.text.clone(), symbol));
            }
            rule.when.iter().for_each(|when| self.raw(when));
            for assign in &rule.assigns {
                let symbol = match &rule.target {
                    SourceTarget::Event(event) => self.event_field(&event.text, &assign.name.text),
                    SourceTarget::Profile(_) => Symbol::Profile(assign.name.text.clone()),
                    SourceTarget::Missing(_) => continue,
                };
                self.refer(&assign.name, symbol);
                self.raw(&assign.value);
            }
            if let SourceTarget::Event(event) = &rule.target {
                self.declared(event);
            }
            if rule.each.is_some() {
                self.binders.pop();
            }
        }
    }

    pub(super) fn profile_assigns(&mut self, assigns: &[Assign]) {
        for assign in assigns {
            self.refer(&assign.name, Symbol::Profile(assign.name.text.clone()));
            self.raw(&assign.value);
        }
    }

    /// An expression over what comes from outside: its names are fields of raw records.
    fn raw(&mut self, e: &journey_grammar::tree::Expr) {
        use journey_grammar::tree::ExprKind;
        if let ExprKind::Path(names) = &e.kind {
            let first = names.first();
            let bound = first.and_then(|first| {
                let mut inner = self.binders.iter().rev();
                inner.find(|(name, _)| *name == first.text).cloned()
            });
            match (first, bound) {
                (Some(first), Some((_, symbol))) => {
                    self.refer(first, symbol);
                    self.all_built_in(names.iter().skip(1));
                }
                _ => self.all_built_in(names),
            }
            return;
        }
        if let ExprKind::Money { currency, .. } = &e.kind {
            self.built_in(currency);
        }
        for inner in e.below() {
            self.raw(inner);
        }
    }

    fn profile(&mut self, decl: &ProfileDecl) {
        for field in &decl.fields {
            let symbol = Symbol::Profile(field.name.text.clone());
            self.note(&field.name, symbol, true);
            self.type_ref(&field.ty);
            self.exprs(&field.default);
        }
        for computed in &decl.lets {
            let symbol = Symbol::Profile(computed.name.text.clone());
            self.note(&computed.name, symbol, true);
            computed.ty.iter().for_each(|ty| self.type_ref(ty));
            self.expr(&computed.value);
        }
    }

    /// An identifier that the profile does not declare is declared here.
    fn identity(&mut self, decl: &IdentityDecl) {
        for key in &decl.keys {
            let symbol = Symbol::Profile(key.name.text.clone());
            self.note(&key.name, symbol, true);
            self.exprs(&key.shared);
            self.all_built_in(&key.normalise);
        }
        self.exprs(&decl.ignore);
    }

    fn purpose(&mut self, decl: &PurposeDecl) {
        self.defines(&decl.name);
        self.all_built_in(decl.consent.iter().chain(&decl.basis));
        for rule in &decl.rules {
            for pattern in &rule.events {
                self.event_pattern(pattern);
            }
            self.all_declared(&rule.channels);
        }
        for hold in &decl.holds {
            self.expr(&hold.condition);
            self.exprs(hold.drop.iter().chain(&hold.spread));
        }
    }

    fn channel(&mut self, decl: &ChannelDecl) {
        let name = decl.name.text.clone();
        self.defines(&decl.name);
        self.exprs(&decl.to);
        for quiet in &decl.quiet {
            self.exprs([&quiet.from, &quiet.to]);
            self.all_declared(&quiet.purposes);
        }
        for open in &decl.open {
            self.all_built_in(open.days.iter().flat_map(|(from, to)| [from, to]));
            self.exprs([&open.from, &open.to]);
            self.exprs(&open.zone);
        }
        for limit in &decl.limits {
            self.limit(limit);
        }
        self.outcomes(&name, &decl.outcomes);
        self.answers(&name, &decl.answers);
        self.exprs(&decl.cost);
        for carries in &decl.carries {
            self.fields(&name, &carries.fields);
        }
        if let Some(deliver) = &decl.deliver {
            self.built_in(&deliver.kind);
            self.exprs(&deliver.target);
        }
        for retry in &decl.retry {
            self.built_in(&retry.kind);
            self.exprs(&retry.length);
        }
    }

    fn outcomes(&mut self, owner: &str, outcomes: &[OutcomeDecl]) {
        for outcome in outcomes {
            let symbol = Symbol::Outcome(owner.to_owned(), outcome.name.text.clone());
            self.note(&outcome.name, symbol, true);
            self.fields(&format!("{owner}.{}", outcome.name.text), &outcome.fields);
        }
    }

    fn answers(&mut self, owner: &str, answers: &[AnswersDecl]) {
        for answers in answers {
            self.outcomes(owner, &answers.answers);
            match &answers.within {
                Some(AnswerWithin::Duration(e) | AnswerWithin::OpenDays(e)) => self.expr(e),
                None => {}
            }
        }
    }

    pub(super) fn limit(&mut self, decl: &LimitDecl) {
        if let Some(name) = &decl.name {
            self.defines(name);
        }
        self.expr(&decl.count);
        self.limit_window(&decl.window);
        if let Some(per) = &decl.per {
            self.refer(per, Symbol::Profile(per.text.clone()));
        }
        self.all_declared(&decl.across);
        self.all_declared(&decl.purposes);
        self.tags(&decl.tags);
    }

    pub(super) fn limit_window(&mut self, window: &LimitWindow) {
        match window {
            LimitWindow::Rolling(e) => self.expr(e),
            LimitWindow::Calendar(name) => self.built_in(name),
        }
    }

    fn tags(&mut self, tags: &[Name]) {
        for tag in tags {
            self.refer(tag, Symbol::Tag(tag.text.clone()));
        }
    }

    fn message(&mut self, decl: &MessageDecl) {
        self.defines(&decl.name);
        self.params(&decl.params);
        decl.purpose.iter().for_each(|name| self.declared(name));
        for tag in &decl.tags {
            self.note(tag, Symbol::Tag(tag.text.clone()), true);
        }
        for body in &decl.bodies {
            self.body(body);
        }
        self.answers(&decl.name.text.clone(), &decl.answers);
        self.exprs(&decl.expires);
    }

    fn body(&mut self, body: &BodyDecl) {
        self.declared(&body.channel);
        let mut channels = self.world.channels.iter();
        let sig = channels.find(|sig| sig.name == body.channel.text);
        for field in &body.fields {
            let carried = sig.is_some_and(|c| c.carries.iter().any(|f| f.name == field.name.text));
            if carried {
                let owner = body.channel.text.clone();
                self.refer(&field.name, Symbol::Field(owner, field.name.text.clone()));
            } else {
                self.built_in(&field.name);
            }
            self.expr(&field.value);
        }
    }
}
