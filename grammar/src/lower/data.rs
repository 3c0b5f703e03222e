//! `source`, `profile`, `identity`: where data come from and whose they are.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::problem::SyntaxProblem;
use crate::tree::{
    Assign, Expr, IdentityDecl, IdentityKey, ProfileDecl, SourceDecl, SourceRule, SourceTarget,
};

impl Lower<'_> {
    pub(super) fn source_decl(&mut self, pair: P<'_>) -> SourceDecl {
        let first = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, first + 1);
        // `source NAME from FORMAT`: the second name.
        let mut names = self.names_in(&kids).into_iter().skip(1);
        let format = names.next().unwrap_or_default();
        let mut identify = Vec::new();
        for part in kids.all(Rule::identify) {
            identify.extend(self.assigns_in(&Kids::of(part)));
        }
        let rules = kids
            .all(Rule::source_rule)
            .map(|rule| self.source_rule(rule))
            .collect();
        SourceDecl {
            name,
            format,
            identify,
            rules,
        }
    }

    fn source_rule(&mut self, pair: P<'_>) -> SourceRule {
        let (span, end) = (self.span(&pair), Self::end(&pair));
        let kids = Kids::of(pair);
        let target = if let Some(profile) = kids.find(Rule::target_profile) {
            SourceTarget::Profile(self.span(&profile))
        } else if let Some(name) = kids.find(Rule::name) {
            SourceTarget::Event(self.name(&name))
        } else {
            SourceTarget::Missing(self.gap(end))
        };
        let when = kids.find(Rule::rule_when).map(|when| self.only_expr(when));
        let each = kids.find(Rule::rule_each).map(|each| {
            let (first, end) = (Self::first(&each), Self::end(&each));
            let kids = Kids::of(each);
            (self.value_name(&kids, first + 1), self.expr_in(&kids, end))
        });
        SourceRule {
            when,
            target,
            assigns: self.assigns_in(&kids),
            each,
            span,
        }
    }

    /// The assignments of the `{ … }` among the children.
    pub(super) fn assigns_in(&mut self, kids: &Kids<'_>) -> Vec<Assign> {
        let assigns = self.body_fields(kids);
        self.no_file(&assigns);
        assigns
    }

    /// The same in a message's body, whose fields may be files.
    pub(super) fn body_fields(&mut self, kids: &Kids<'_>) -> Vec<Assign> {
        let Some(assigns) = kids.find(Rule::assigns) else {
            return Vec::new();
        };
        let kids = Kids::of(assigns);
        kids.all(Rule::assign)
            .map(|assign| self.assign(assign))
            .collect()
    }

    pub(super) fn assign(&mut self, pair: P<'_>) -> Assign {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let file = kids.find(Rule::file_ref);
        let word = file.as_ref().map(|file| self.token_span(Self::first(file)));
        let value = match file.and_then(|file| Kids::of(file).find(Rule::text)) {
            Some(path) => self.text(path),
            None => self.expr_in(&kids, end),
        };
        Assign {
            name: self.name_in(&kids, first),
            value,
            file: word,
            span,
        }
    }

    /// Everywhere but in a message's body: no file is read here.
    pub(super) fn no_file(&mut self, assigns: &[Assign]) {
        for word in assigns.iter().filter_map(|assign| assign.file) {
            let message = "a template's file stands in the body of a message";
            self.problem(SyntaxProblem::new("misplaced", word, message));
        }
    }

    pub(super) fn profile_decl(&mut self, pair: P<'_>) -> ProfileDecl {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        ProfileDecl {
            fields: kids
                .all(Rule::field)
                .map(|field| self.field(field))
                .collect(),
            lets: kids
                .all(Rule::let_decl)
                .map(|part| self.let_decl(part))
                .collect(),
            span,
        }
    }

    pub(super) fn identity_decl(&mut self, pair: P<'_>) -> IdentityDecl {
        let span = self.span(&pair);
        let kids = Kids::of(pair);
        let keys = kids
            .all(Rule::identity_key)
            .map(|key| self.identity_key(key))
            .collect();
        let mut ignore: Vec<Expr> = Vec::new();
        for part in kids.all(Rule::ignore) {
            let texts = Kids::of(part);
            ignore.extend(texts.all(Rule::text).map(|text| self.text(text)));
        }
        IdentityDecl { keys, ignore, span }
    }

    fn identity_key(&mut self, pair: P<'_>) -> IdentityKey {
        let (first, span) = (Self::first(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let shared = kids.find(Rule::shared).map(|shared| {
            let end = Self::end(&shared);
            self.number_in(&Kids::of(shared), end)
        });
        let normalise = kids
            .find(Rule::normalise)
            .map(|normalise| self.name_in(&Kids::of(normalise), first + 1));
        IdentityKey {
            name: self.name_in(&kids, first),
            unique: kids.has(Rule::unique),
            shared,
            normalise,
            span,
        }
    }
}
