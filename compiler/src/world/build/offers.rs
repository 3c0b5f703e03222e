//! Offers and decisions: numbers, fields, and the constant values of fields.

use super::Builder;
use crate::hir::OutcomeDef;
use crate::names::SigKind;
use crate::types::Place;
use crate::world::{DecisionSig, Entity, EventSig, GroupSig, OfferSig, OfferTypeSig};
use journey_grammar::tree::{Expr, OfferDecl, OfferMember, OfferMemberKind};
use journey_program::types::{
    DecisionId, EnumDef, EnumId, EventId, FieldDef, GroupId, OfferId, Type, Value,
};

/// What counts places and rests; every decision has it.
pub(crate) const SHOWN: &str = "shown";

impl<'a> Builder<'a> {
    /// Offer types, offers, groups, decisions by the order of names.
    pub(super) fn offer_numbers(&mut self) {
        let types = self.names_of(|k| matches!(k, SigKind::OfferType(_)));
        for (i, name) in types.iter().enumerate() {
            let id = self.new_enum(name);
            self.entity(
                name,
                Entity::OfferType(u32::try_from(i).unwrap_or(u32::MAX)),
            );
            self.world.offer_types.push(OfferTypeSig {
                name: (*name).to_owned(),
                id,
                offers: Vec::new(),
                fields: Vec::new(),
            });
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Group(_)))
            .into_iter()
            .enumerate()
        {
            self.entity(name, Entity::Group(GroupId::new(i)));
            self.world.groups.push(GroupSig {
                name: name.to_owned(),
                weight: 1.0,
            });
        }
        if !types.is_empty() {
            self.world.any_offer = Some(self.new_enum("offer"));
        }
        for name in self.names_of(|k| matches!(k, SigKind::Offer(_))) {
            self.offer_number(name);
        }
        for (i, name) in self
            .names_of(|k| matches!(k, SigKind::Decision(_)))
            .into_iter()
            .enumerate()
        {
            let args = self.record(name);
            self.entity(name, Entity::Decision(DecisionId::new(i)));
            self.world.decisions.push(DecisionSig {
                name: name.to_owned(),
                params: Vec::new(),
                args,
                result: Type::Error,
                outcomes: Vec::new(),
            });
        }
    }

    fn new_enum(&mut self, name: &str) -> EnumId {
        let id = EnumId::new(self.world.enums.len());
        self.world.enums.push(EnumDef {
            name: name.to_owned(),
            values: Vec::new(),
        });
        id
    }

    /// An offer whose type is no offer type is nothing that anyone could read.
    fn offer_number(&mut self, name: &'a str) {
        let Some(SigKind::Offer(decl)) = self.kind_of(name) else {
            return;
        };
        let Some(Entity::OfferType(ty)) = self.world.names.get(&decl.ty.text).copied() else {
            self.entity(name, Entity::Opaque);
            return;
        };
        let id = OfferId::new(self.world.offers.len());
        let at = usize::try_from(ty).unwrap_or(usize::MAX);
        let Some(sig) = self.world.offer_types.get_mut(at) else {
            return;
        };
        let place = u32::try_from(sig.offers.len()).unwrap_or(u32::MAX);
        sig.offers.push(id);
        let enums = [Some(sig.id), self.world.any_offer];
        for id in enums.into_iter().flatten() {
            if let Some(def) = self.world.enums.get_mut(id.index()) {
                def.values.push(name.to_owned());
            }
        }
        let groups =
            decl.groups
                .iter()
                .filter_map(|group| match self.world.names.get(&group.text) {
                    Some(Entity::Group(id)) => Some(*id),
                    _ => None,
                });
        let groups = groups.collect();
        let tags = decl.members.iter().filter_map(|member| match &member.kind {
            OfferMemberKind::Tags(tags) => Some(tags),
            _ => None,
        });
        let tags = tags.flatten().map(|tag| tag.text.clone()).collect();
        self.world.offers.push(OfferSig {
            name: name.to_owned(),
            ty,
            place,
            values: Vec::new(),
            groups,
            tags,
            priority: 0,
        });
        self.entity(name, Entity::Offer(id));
    }

    /// `next_best.shown`: an event of its own.
    pub(super) fn decided_outcomes(&mut self) {
        for at in 0..self.world.decisions.len() {
            let Some(name) = self.world.decisions.get(at).map(|d| d.name.clone()) else {
                continue;
            };
            let Some(SigKind::Decision(decl)) = self.kind_of(&name) else {
                continue;
            };
            let mut names: Vec<String> = decl.outcomes.clone();
            if !names.iter().any(|outcome| outcome == SHOWN) {
                names.push(SHOWN.to_owned());
            }
            names.retain(|outcome| !outcome.is_empty());
            let mut outcomes: Vec<OutcomeDef> = Vec::new();
            for outcome in names {
                if outcomes.iter().any(|before| before.name == outcome) {
                    continue;
                }
                let full = format!("{name}.{outcome}");
                let event = EventId::new(self.world.events.len());
                let record = self.record(&full);
                let place = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
                self.world.events.push(EventSig {
                    name: full,
                    record,
                    outcome: None,
                    decided: Some((DecisionId::new(at), place)),
                    unverified: false,
                    broadcast: false,
                });
                outcomes.push(OutcomeDef {
                    name: outcome,
                    event,
                    unverified: false,
                    answer: false,
                });
            }
            if let Some(sig) = self.world.decisions.get_mut(at) {
                sig.outcomes = outcomes;
            }
        }
    }

    /// What offers' fields are, what decisions take and give.
    pub(super) fn offer_types(&mut self) {
        for at in 0..self.world.offer_types.len() {
            let Some(name) = self.world.offer_types.get(at).map(|ty| ty.name.clone()) else {
                continue;
            };
            if let Some(SigKind::OfferType(decl)) = self.kind_of(&name) {
                let fields = self.field_types(&decl.fields);
                if let Some(sig) = self.world.offer_types.get_mut(at) {
                    sig.fields = fields;
                }
            }
        }
        for at in 0..self.world.decisions.len() {
            let Some((name, args)) = self
                .world
                .decisions
                .get(at)
                .map(|d| (d.name.clone(), d.args))
            else {
                continue;
            };
            let Some(SigKind::Decision(decl)) = self.kind_of(&name) else {
                continue;
            };
            let params = self.params(&decl.params);
            let given = self.checker(Place::Constant).type_ref(&decl.result);
            let offer = matches!(given, Type::Offer(_));
            let result = match given {
                _ if !offer => Type::Error,
                given if decl.otherwise => given,
                given => given.optional(),
            };
            let fields = params.iter().map(|param| FieldDef {
                name: param.name.clone(),
                ty: param.ty.clone(),
                default: None,
                pii: false,
            });
            let fields = fields.collect();
            self.set_fields(args, fields);
            if let Some(sig) = self.world.decisions.get_mut(at) {
                sig.params = params;
                sig.result = result;
            }
        }
    }

    /// The type of the offers that an outcome's event carries.
    pub(super) fn decided_type(&self, decision: DecisionId) -> Type {
        let sig = self.world.decisions.get(decision.index());
        sig.map_or(Type::Error, |sig| sig.result.known().clone())
    }

    // ── values ──────────────────────────────────────────────────────────────────────────────────

    /// The constant fields of every offer, by its type's fields.
    pub(super) fn offer_values(&mut self) {
        for at in 0..self.world.groups.len() {
            let Some(name) = self.world.groups.get(at).map(|group| group.name.clone()) else {
                continue;
            };
            if let Some(SigKind::Group(members)) = self.kind_of(&name)
                && let Some(weight) = self.weight_of(members)
                && let Some(sig) = self.world.groups.get_mut(at)
            {
                sig.weight = weight;
            }
        }
        self.default_fields();
        for at in 0..self.world.offer_types.len() {
            self.built_in_fields(at);
        }
        for at in 0..self.world.offers.len() {
            let Some(name) = self.world.offers.get(at).map(|offer| offer.name.clone()) else {
                continue;
            };
            if let Some(SigKind::Offer(decl)) = self.kind_of(&name) {
                self.own_values(at, decl);
            }
        }
    }

    fn default_fields(&mut self) {
        for at in 0..self.world.offer_types.len() {
            let Some(name) = self.world.offer_types.get(at).map(|ty| ty.name.clone()) else {
                continue;
            };
            let Some(SigKind::OfferType(decl)) = self.kind_of(&name) else {
                continue;
            };
            for field in &decl.fields {
                let Some(default) = &field.default else {
                    continue;
                };
                let mut checker = self.checker(Place::Constant);
                let ty = checker.type_ref(&field.ty);
                let value = checker.constant(default, Some(&ty)).map(|(_, value)| value);
                let sig = self.world.offer_types.get_mut(at);
                let def = sig.and_then(|s| s.fields.iter_mut().find(|f| f.name == field.name.text));
                if let Some(def) = def {
                    def.default = value;
                }
            }
        }
    }

    /// `value` and `cost` where an offer of the type has one, and always `weight`.
    fn built_in_fields(&mut self, at: usize) {
        let Some(sig) = self.world.offer_types.get(at) else {
            return;
        };
        let offers = sig.offers.clone();
        let declared: Vec<String> = sig.fields.iter().map(|field| field.name.clone()).collect();
        let mut more: Vec<(&str, Type)> = Vec::new();
        for word in ["value", "cost"] {
            let mut types = offers.iter().filter_map(|offer| {
                let name = &self.world.offer(*offer)?.name;
                let Some(SigKind::Offer(decl)) = self.kind_of(name) else {
                    return None;
                };
                let given = member_of(&decl.members, word)?;
                let (ty, _) = self.checker(Place::Constant).constant(given, None)?;
                Some(if ty == Type::Int { Type::Number } else { ty })
            });
            more.extend(types.next().map(|ty| (word, ty)));
        }
        more.push(("weight", Type::Number));
        if let Some(sig) = self.world.offer_types.get_mut(at) {
            for (name, ty) in more {
                if !declared.iter().any(|field| field == name) {
                    sig.fields.push(FieldDef {
                        name: name.to_owned(),
                        ty,
                        default: (name == "weight").then_some(Value::Number(1.0)),
                        pii: false,
                    });
                }
            }
        }
    }

    fn own_values(&mut self, at: usize, decl: &OfferDecl) {
        let id = OfferId::new(at);
        let fields = self.world.offer_type_of(id).map(|ty| ty.fields.clone());
        let groups = self.world.offer(id).map(|offer| offer.groups.clone());
        let weight: f64 = groups
            .iter()
            .flatten()
            .filter_map(|group| self.world.groups.get(group.index()))
            .map(|group| group.weight)
            .product();
        let mut values = Vec::new();
        for field in fields.iter().flatten() {
            let given = decl
                .fields
                .iter()
                .find(|assign| assign.name.text == field.name)
                .map(|assign| &assign.value)
                .or_else(|| member_of(&decl.members, &field.name));
            let value = given.and_then(|e| {
                let mut checker = self.checker(Place::Constant);
                checker.constant(e, Some(&field.ty)).map(|(_, value)| value)
            });
            let value = value.or_else(|| field.default.clone());
            values.push(match value {
                Some(Value::Number(own)) if field.name == "weight" => Value::Number(own * weight),
                value => value.unwrap_or(Value::Unknown),
            });
        }
        let priority = decl.members.iter().find_map(|member| match &member.kind {
            OfferMemberKind::Priority(e) => Some(e),
            _ => None,
        });
        let priority = priority.and_then(|e| {
            let mut checker = self.checker(Place::Constant);
            match checker.constant(e, Some(&Type::Int)) {
                Some((_, Value::Int(priority))) => Some(priority),
                _ => None,
            }
        });
        if let Some(sig) = self.world.offers.get_mut(at) {
            sig.values = values;
            sig.priority = priority.unwrap_or(0);
        }
    }

    fn weight_of(&self, members: &[OfferMember]) -> Option<f64> {
        let e = member_of(members, "weight")?;
        match self
            .checker(Place::Constant)
            .constant(e, Some(&Type::Number))
        {
            Some((_, Value::Number(weight))) => Some(weight),
            _ => None,
        }
    }
}

/// `value 4 EUR`, `cost 3 EUR`, `weight 1.2`
pub(crate) fn member_of<'d>(members: &'d [OfferMember], word: &str) -> Option<&'d Expr> {
    members
        .iter()
        .find_map(|member| match (&member.kind, word) {
            (OfferMemberKind::Value(e), "value")
            | (OfferMemberKind::Cost(e), "cost")
            | (OfferMemberKind::Weight(e), "weight") => Some(e),
            _ => None,
        })
}
