//! The declaration as a whole, and the plain ones: `enum`, `type`, `const`, `fn`, `event`.

use super::{Kids, Lower, P};
use crate::peg::Rule;
use crate::token::Kind;
use crate::tree::{
    ConstDecl, Decl, DeclKind, EnumDecl, EventDecl, FieldDecl, FnDecl, LetDecl, Param, Span,
    TableDecl, TypeDecl, TypeKind, TypeRef,
};
use pest::iterators::Pairs;

impl Lower<'_> {
    pub(crate) fn decl(&mut self, pairs: Pairs<'_, Rule>, whole: Span) -> Decl {
        let mut pairs = pairs;
        let Some(pair) = pairs.next() else {
            return Decl {
                doc: None,
                span: whole,
                kind: DeclKind::Broken,
            };
        };
        let doc = self.doc(0);
        let span = self.span(&pair);
        Decl {
            doc,
            span,
            kind: self.decl_kind(pair),
        }
    }

    fn decl_kind(&mut self, pair: P<'_>) -> DeclKind {
        match pair.as_rule() {
            Rule::enum_decl => DeclKind::Enum(self.enum_decl(pair)),
            Rule::type_decl => DeclKind::Type(self.type_decl(pair)),
            Rule::const_decl => DeclKind::Const(self.const_decl(pair)),
            Rule::fn_decl => DeclKind::Fn(self.fn_decl(pair)),
            Rule::event_decl => DeclKind::Event(self.event_decl(pair)),
            Rule::source_decl => DeclKind::Source(self.source_decl(pair)),
            Rule::profile_decl => DeclKind::Profile(self.profile_decl(pair)),
            Rule::identity_decl => DeclKind::Identity(self.identity_decl(pair)),
            Rule::purpose_decl => DeclKind::Purpose(self.purpose_decl(pair)),
            Rule::audience_decl => DeclKind::Audience(self.audience_decl(pair)),
            Rule::channel_decl => DeclKind::Channel(self.channel_decl(pair)),
            Rule::message_decl => DeclKind::Message(self.message_decl(pair)),
            Rule::journey_decl => DeclKind::Journey(self.journey_decl(pair)),
            Rule::offer_type_decl => DeclKind::OfferType(self.offer_type_decl(pair)),
            Rule::group_decl => DeclKind::Group(self.group_decl(pair)),
            Rule::offer_decl => DeclKind::Offer(self.offer_decl(pair)),
            Rule::model_decl => DeclKind::Model(self.model_decl(pair)),
            Rule::decision_decl => DeclKind::Decision(self.decision_decl(pair)),
            Rule::limit_decl => DeclKind::Limit(self.limit_decl(pair)),
            Rule::holdout_decl => DeclKind::Holdout(self.holdout_decl(pair)),
            Rule::test_decl => DeclKind::Test(self.test_decl(pair)),
            Rule::table_decl => DeclKind::Table(self.table_decl(pair)),
            Rule::conversion_decl => DeclKind::Conversion(self.conversion_decl(pair)),
            Rule::measure_decl => DeclKind::Measure(self.measure_decl(pair)),
            _ => DeclKind::Broken,
        }
    }

    fn enum_decl(&mut self, pair: P<'_>) -> EnumDecl {
        let after = Self::first(&pair) + 1;
        let mut kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        // The first of the names is the enum's own.
        let own = kids.0.iter().position(|kid| super::is_name(kid.as_rule()));
        if let Some(own) = own {
            kids.0.remove(own);
        }
        EnumDecl {
            name,
            values: self.names_in(&kids),
        }
    }

    fn table_decl(&mut self, pair: P<'_>) -> TableDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        let key = kids.find(Rule::table_key).map(|key| {
            let after = Self::first(&key) + 1;
            self.name_in(&Kids::of(key), after)
        });
        TableDecl {
            name: self.new_name(&kids, after),
            key: key.unwrap_or_default(),
            fields: self.fields_in(&kids),
            file: match kids.find(Rule::text) {
                Some(file) => self.text(file),
                None => self.missing(end),
            },
        }
    }

    fn type_decl(&mut self, pair: P<'_>) -> TypeDecl {
        let after = Self::first(&pair) + 1;
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        TypeDecl {
            name,
            fields: self.fields_in(&kids),
        }
    }

    fn const_decl(&mut self, pair: P<'_>) -> ConstDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        ConstDecl {
            name: self.new_name(&kids, after),
            ty: kids.find(Rule::type_).map(|ty| self.type_ref(ty)),
            value: self.expr_in(&kids, end),
        }
    }

    fn fn_decl(&mut self, pair: P<'_>) -> FnDecl {
        let (after, end) = (Self::first(&pair) + 1, Self::end(&pair));
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, after);
        let params = self.params_in(&kids);
        let result = self.type_in(&kids, end);
        FnDecl {
            name,
            params,
            result,
            body: self.expr_in(&kids, end),
        }
    }

    fn event_decl(&mut self, pair: P<'_>) -> EventDecl {
        let at = Self::first(&pair);
        let kids = Kids::of(pair);
        let name = self.new_name(&kids, at + 1);
        let fields = kids
            .all(Rule::field)
            .map(|field| self.field(field))
            .collect();
        let keep = kids.find(Rule::keep).map(|keep| self.only_duration(keep));
        EventDecl {
            name,
            broadcast: self.kind(at) == Kind::Broadcast,
            fields,
            keep,
        }
    }

    // ── parts ───────────────────────────────────────────────────────────────────────────────────

    /// The fields of the `{ … }` among the children.
    pub(super) fn fields_in(&mut self, kids: &Kids<'_>) -> Vec<FieldDecl> {
        let Some(fields) = kids.find(Rule::fields) else {
            return Vec::new();
        };
        let kids = Kids::of(fields);
        kids.all(Rule::field)
            .map(|field| self.field(field))
            .collect()
    }

    pub(super) fn field(&mut self, pair: P<'_>) -> FieldDecl {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        let default = kids.find(Rule::default).map(|default| {
            let end = Self::end(&default);
            self.expr_in(&Kids::of(default), end)
        });
        FieldDecl {
            doc: self.doc(first),
            name: self.name_in(&kids, first),
            ty: self.type_in(&kids, end),
            pii: kids.has(Rule::pii),
            default,
            span,
        }
    }

    pub(super) fn let_decl(&mut self, pair: P<'_>) -> LetDecl {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        LetDecl {
            doc: self.doc(first),
            name: self.value_name(&kids, first + 1),
            ty: kids.find(Rule::type_).map(|ty| self.type_ref(ty)),
            value: self.expr_in(&kids, end),
            span,
        }
    }

    pub(super) fn params_in(&mut self, kids: &Kids<'_>) -> Vec<Param> {
        let Some(params) = kids.find(Rule::params) else {
            return Vec::new();
        };
        let kids = Kids::of(params);
        kids.either(Rule::param, Rule::param_sure)
            .map(|param| self.param(param))
            .collect()
    }

    fn param(&mut self, pair: P<'_>) -> Param {
        let (first, end, span) = (Self::first(&pair), Self::end(&pair), self.span(&pair));
        let kids = Kids::of(pair);
        Param {
            name: self.value_name(&kids, first),
            ty: self.type_in(&kids, end),
            span,
        }
    }

    pub(super) fn type_in(&mut self, kids: &Kids<'_>, after: usize) -> TypeRef {
        match kids.find(Rule::type_) {
            Some(ty) => self.type_ref(ty),
            None => TypeRef {
                kind: TypeKind::Missing,
                span: self.gap(after),
            },
        }
    }

    pub(super) fn type_ref(&mut self, pair: P<'_>) -> TypeRef {
        let span = self.span(&pair);
        let lowered = self.deeper(span, |lower| {
            let (first, end) = (Self::first(&pair), Self::end(&pair));
            let kids = Kids::of(pair);
            let Some(base) = kids.find(Rule::type_base) else {
                return TypeRef {
                    kind: TypeKind::Missing,
                    span,
                };
            };
            let base_end = Self::end(&base);
            let kind = lower.type_base(base, first);
            let mut ty = TypeRef {
                kind,
                span: lower.range(first, base_end),
            };
            // `T??` is no type of its own: one mark says all.
            if kids.has(Rule::question) {
                let span = lower.range(first, end);
                ty = TypeRef {
                    kind: TypeKind::Optional(Box::new(ty)),
                    span,
                };
            }
            ty
        });
        lowered.unwrap_or(TypeRef {
            kind: TypeKind::Missing,
            span,
        })
    }

    fn type_base(&mut self, pair: P<'_>, first: usize) -> TypeKind {
        let Some(pair) = pair.into_inner().next() else {
            return TypeKind::Missing;
        };
        match pair.as_rule() {
            Rule::name => TypeKind::Named(self.name(&pair)),
            Rule::money_type => TypeKind::Money(self.name_in(&Kids::of(pair), first + 1)),
            Rule::list_type => TypeKind::List(Box::new(self.type_in(&Kids::of(pair), first + 1))),
            Rule::range_type => {
                let end = Self::end(&pair);
                let kids = Kids::of(pair);
                let mut bounds = kids.all(Rule::bound).map(|bound| self.bound(bound));
                let low = bounds.next();
                let high = bounds.next();
                drop(bounds);
                TypeKind::Range {
                    base: self.name_in(&kids, first),
                    low: Box::new(low.unwrap_or_else(|| self.missing(end))),
                    high: Box::new(high.unwrap_or_else(|| self.missing(end))),
                }
            }
            _ => TypeKind::Missing,
        }
    }
}
