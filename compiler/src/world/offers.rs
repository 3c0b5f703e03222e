//! What everyone may know of offers and decisions: their names, types and constant fields. Eligibility and
//! ranks are bodies and stay in their declarations.

use super::World;
use crate::hir::{Local, OutcomeDef};
use journey_program::types::{Currency, EnumId, FieldDef, GroupId, OfferId, RecordId, Type, Value};

#[derive(Clone, Debug, PartialEq)]
pub struct OfferTypeSig {
    pub name: String,
    /// its offers, in the order of names
    pub id: EnumId,
    pub offers: Vec<OfferId>,
    /// the declared ones, then `value` and `cost` where its offers have them, then `weight`
    pub fields: Vec<FieldDef>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OfferSig {
    pub name: String,
    /// its type, and its place in the type's enum
    pub ty: u32,
    pub place: u32,
    /// of the type's fields, in order; unknown where it is wrong
    pub values: Vec<Value>,
    pub groups: Vec<GroupId>,
    pub tags: Vec<String>,
    pub priority: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GroupSig {
    pub name: String,
    pub weight: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DecisionSig {
    pub name: String,
    pub params: Vec<Local>,
    /// the record of its arguments
    pub args: RecordId,
    /// an offer, or one that may be unknown
    pub result: Type,
    pub outcomes: Vec<OutcomeDef>,
}

impl World {
    /// The offer at a place of an enum of offers: of one type, or of all.
    pub fn offer_at(&self, id: EnumId, place: u32) -> Option<OfferId> {
        if self.any_offer == Some(id) {
            return Some(OfferId(place));
        }
        let sig = self.offer_types.iter().find(|sig| sig.id == id)?;
        sig.offers.get(usize::try_from(place).ok()?).copied()
    }

    pub fn offer(&self, id: OfferId) -> Option<&OfferSig> {
        self.offers.get(id.index())
    }

    pub fn offer_type_of(&self, id: OfferId) -> Option<&OfferTypeSig> {
        let sig = self.offers.get(id.index())?;
        self.offer_types.get(usize::try_from(sig.ty).ok()?)
    }

    /// An offer as a value of its own type.
    pub fn offer_value(&self, id: OfferId) -> Option<(Type, Value)> {
        let (sig, ty) = (self.offer(id)?, self.offer_type_of(id)?);
        Some((Type::Offer(ty.id), Value::Enum(ty.id, sig.place)))
    }

    /// The offers of an enum, in its order.
    pub fn offers_of(&self, id: EnumId) -> Vec<OfferId> {
        if self.any_offer == Some(id) {
            return (0..self.offers.len()).map(OfferId::new).collect();
        }
        let sig = self.offer_types.iter().find(|sig| sig.id == id);
        sig.map_or_else(Vec::new, |sig| sig.offers.clone())
    }

    /// A field that all offers of an enum have, by its one type.
    pub fn offer_field(&self, id: EnumId, name: &str) -> Option<Type> {
        let mut types = self
            .offers_of(id)
            .into_iter()
            .map(|offer| self.own_field(offer, name).map(|(ty, _)| ty));
        let first = types.next()??;
        types.all(|ty| ty.as_ref() == Some(&first)).then_some(first)
    }

    /// A field of one offer: type and value.
    pub fn own_field(&self, offer: OfferId, name: &str) -> Option<(Type, Value)> {
        let ty = self.offer_type_of(offer)?;
        let at = ty.fields.iter().position(|field| field.name == name)?;
        let value = self.offer(offer)?.values.get(at)?.clone();
        Some((ty.fields.get(at)?.ty.clone(), value))
    }

    /// What an offer costs, in minor units.
    pub fn offer_cost(&self, offer: OfferId) -> Option<(i64, Currency)> {
        match self.own_field(offer, "cost") {
            Some((_, Value::Money(minor, currency))) => Some((minor, currency)),
            _ => None,
        }
    }
}
