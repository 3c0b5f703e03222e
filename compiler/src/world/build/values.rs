//! Constants, functions, messages, and last the types of computed fields.

use super::Builder;
use crate::hir::{Local, OutcomeDef};
use crate::names::SigKind;
use crate::types::{Checker, Place};
use crate::world::{ConstSig, Entity, FnSig, MessageSig, World};
use journey_grammar::tree::Param;
use journey_program::types::{MessageId, PurposeId, Type, Value};
use std::collections::BTreeMap;

/// Functions that call functions: beyond this they are taken to calculate.
const DEPTH_MAX: usize = 16;

impl<'a> Builder<'a> {
    /// Constants, each after those it needs.
    pub(super) fn constants(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Const(..)));
        for (i, name) in names.iter().enumerate() {
            self.world.consts.push(ConstSig {
                name: (*name).to_owned(),
                ty: Type::Error,
                value: Value::Unknown,
            });
            // Until it has its value it is nothing that anyone could read.
            self.entity(name, Entity::Opaque);
            debug_assert!(self.world.consts.len() == i + 1);
        }
        let numbers: BTreeMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(i, name)| (*name, i))
            .collect();
        for name in self.sorted.order.clone() {
            let Some(number) = numbers.get(name.as_str()).copied() else {
                continue;
            };
            let Some(SigKind::Const(decl, _)) = self.kind_of(&name) else {
                continue;
            };
            if self.in_circle.contains(&name) {
                continue;
            }
            let then = self.view_of(&name);
            let world = then.as_ref().unwrap_or(&self.world);
            let mut checker = Checker::new(world, Place::Constant);
            let ty = decl.ty.as_ref().map(|ty| checker.type_ref(ty));
            if let Some((ty, value)) = checker.constant(&decl.value, ty.as_ref()) {
                if let Some(sig) = self.world.consts.get_mut(number) {
                    sig.ty = ty;
                    sig.value = value;
                }
                let id = u32::try_from(number).unwrap_or(u32::MAX);
                self.entity(&name, Entity::Const(id));
            }
        }
    }

    /// The world as a declaration of an older version sees it.
    fn view_of(&self, name: &str) -> Option<World> {
        let (at, _) = self.by_name.get(name)?;
        let older = self.signatures.get(*at)?.older.as_ref()?;
        Some(older.view(&self.world))
    }

    pub(super) fn params(&self, params: &[Param]) -> Vec<Local> {
        let mut checker = self.checker(Place::Constant);
        params
            .iter()
            .map(|param| Local {
                name: param.name.text.clone(),
                ty: checker.type_ref(&param.ty),
            })
            .collect()
    }

    pub(super) fn functions(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Fn { .. }));
        for (i, name) in names.into_iter().enumerate() {
            let Some(SigKind::Fn { params, result, .. }) = self.kind_of(name) else {
                continue;
            };
            let sig = FnSig {
                name: name.to_owned(),
                params: self.params(params),
                result: self.checker(Place::Constant).type_ref(result),
                calculates: self.calculates(name, 0),
            };
            self.world.functions.push(sig);
            let known = !self.in_circle.contains(name);
            let id = u32::try_from(i).unwrap_or(u32::MAX);
            self.entity(
                name,
                if known {
                    Entity::Function(id)
                } else {
                    Entity::Opaque
                },
            );
        }
    }

    /// Whether a function, or one that it calls, does arithmetic.
    fn calculates(&self, name: &str, depth: usize) -> bool {
        let Some(SigKind::Fn {
            uses, calculates, ..
        }) = self.kind_of(name)
        else {
            return false;
        };
        *calculates
            || depth > DEPTH_MAX
            || uses
                .iter()
                .any(|used| used.first != name && self.calculates(&used.first, depth + 1))
    }

    /// A message's own answers, which stand among the outcomes of its first channel.
    fn answers_of(&self, message: &str) -> Vec<OutcomeDef> {
        let outcomes = self.world.channels.iter().flat_map(|c| &c.outcomes);
        let own = outcomes.filter_map(|outcome| {
            let name = outcome.name.strip_prefix(message)?.strip_prefix('.')?;
            Some(OutcomeDef {
                name: name.to_owned(),
                answer: true,
                ..outcome.clone()
            })
        });
        own.collect()
    }

    pub(super) fn messages(&mut self) {
        let names = self.names_of(|k| matches!(k, SigKind::Message { .. }));
        for (i, name) in names.into_iter().enumerate() {
            let Some(SigKind::Message {
                params,
                purpose,
                channels,
                tags,
                answers: _,
            }) = self.kind_of(name)
            else {
                continue;
            };
            self.world.tags.extend(tags.iter().cloned());
            let entity = |name: &String| self.world.names.get(name).copied();
            let purpose = match purpose.as_ref().and_then(entity) {
                Some(Entity::Purpose(id)) => id,
                _ => PurposeId(0),
            };
            let channels = channels.iter().filter_map(|name| match entity(name) {
                Some(Entity::Channel(id)) => Some(id),
                _ => None,
            });
            let sig = MessageSig {
                answers: self.answers_of(name),
                name: name.to_owned(),
                channels: channels.collect(),
                params: self.params(params),
                purpose,
            };
            self.world.messages.push(sig);
            self.entity(name, Entity::Message(MessageId::new(i)));
        }
        self.world.tags.retain(|tag| !tag.is_empty());
        self.world.tags.sort_unstable();
        self.world.tags.dedup();
    }

    /// The types of computed fields, each after those it needs.
    pub(super) fn profile_types(&mut self) {
        let Some((_, decl, _)) = self.profile else {
            return;
        };
        for name in self.sorted.order.clone() {
            let Some(field) = name.strip_prefix("profile.") else {
                continue;
            };
            let Some(at) = decl.lets.iter().position(|l| l.name.text == field) else {
                continue;
            };
            let Some(computed) = decl.lets.get(at) else {
                continue;
            };
            let mut checker = self.checker(Place::Profile { watched: true });
            let circle = self.in_circle.contains(&name);
            let mut faults = circle;
            let ty = match &computed.ty {
                _ if circle => Type::Error,
                None => checker.computed_value(&computed.value).ty,
                Some(ty) => {
                    let ty = checker.type_ref(ty);
                    if !ty.is_optional() {
                        let value = checker.expr_as(&computed.value, &ty);
                        faults = checker.may_fault(&value);
                    }
                    ty
                }
            };
            if let Some(sig) = self.world.profile.lets.get_mut(at) {
                sig.1 = ty;
            }
            if faults {
                let number = u32::try_from(at).unwrap_or(u32::MAX);
                self.world.profile.faulting.insert(number);
            }
        }
    }
}
