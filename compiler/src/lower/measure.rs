//! Conversions and measures: what their `where` and their value are, over the event that is counted.

use super::generate::Context;
use super::tables::Tables;
use crate::hir::{Conversion, DeclId, Expr, Measure};
use journey_program::ir::Ty;
use journey_program::plan::{AdvocacyPlan, ConversionPlan, MeasurePlan};
use journey_program::types::{EventId, FunctionId, Type};

pub(super) fn all(tables: &mut Tables<'_>) -> (Vec<ConversionPlan>, Vec<MeasurePlan>) {
    let hir = tables.hir;
    let conversions = hir.conversions.iter().map(|one| conversion(tables, one));
    let conversions = conversions.collect();
    let measures = hir.measures.iter().map(|one| measure(tables, one));
    (conversions, measures.collect())
}

fn conversion(tables: &mut Tables<'_>, conversion: &Conversion) -> ConversionPlan {
    let (decl, event) = (conversion.decl, conversion.event);
    let name = format!("conversion.{}", conversion.name);
    let when = conversion.filter.as_ref();
    let when = when.map(|filter| holds(tables, &format!("{name}.when"), decl, event, filter));
    let money = conversion.value.as_ref().and_then(|value| {
        let Type::Money(currency) = value.ty else {
            return None;
        };
        Some(currency)
    });
    let value = conversion.value.as_ref().map(|value| {
        let context = over(tables, decl, event);
        let result = if money.is_some() { Ty::Int } else { Ty::Num };
        tables.function(format!("{name}.value"), &[], &[result], &context, |g| {
            let value = g.expr(value);
            g.finish(vec![value.reg]);
        })
    });
    ConversionPlan {
        name: conversion.name.clone(),
        event,
        when,
        value,
        money,
        credits: conversion.credits.clone(),
    }
}

fn measure(tables: &mut Tables<'_>, measure: &Measure) -> MeasurePlan {
    let advocacy = measure.advocacy.iter().enumerate().map(|(number, one)| {
        let name = format!("measure.{}.advocacy.{number}", measure.name);
        let filter = one.filter.as_ref();
        AdvocacyPlan {
            event: one.event,
            when: filter.map(|filter| holds(tables, &name, measure.decl, one.event, filter)),
        }
    });
    let advocacy = advocacy.collect();
    MeasurePlan {
        name: measure.name.clone(),
        purchase: measure.purchase,
        loyalty: measure.loyalty,
        advocacy,
    }
}

fn holds(
    tables: &mut Tables<'_>,
    name: &str,
    decl: DeclId,
    event: EventId,
    filter: &Expr,
) -> FunctionId {
    let context = over(tables, decl, event);
    tables.function(name.to_owned(), &[], &[Ty::Bool], &context, |g| {
        let value = g.bool(filter);
        g.finish(vec![value]);
    })
}

fn over(tables: &Tables<'_>, decl: DeclId, event: EventId) -> Context {
    let event = tables.hir.events.get(event.index());
    Context {
        decl,
        event: event.map(|event| event.record),
        journey: None,
    }
}
