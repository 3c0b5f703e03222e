//! A whole program in short: its tables, then its functions.

use super::print_function;
use crate::plan::{FieldSlot, Program};
use crate::types::{FieldDef, Named, Type};
use std::fmt::{self, Write as _};

/// All of a program for a reader; the functions in it parse back.
pub fn print_program(program: &Program) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = tables(program, &mut out);
    for (number, function) in program.functions.iter().enumerate() {
        let context = program.contexts.get(number).copied().unwrap_or_default();
        let event = context.event.and_then(|id| program.records.get(id.index()));
        let journey = context
            .instance
            .and_then(|id| program.journeys.get(id.index()));
        let _ = write!(out, "\n; f{number}");
        if let Some(event) = event {
            let _ = write!(out, ", event {}", event.name);
        }
        if let Some(journey) = journey {
            let _ = write!(out, ", instance of {}", journey.name);
        }
        out.push('\n');
        out.push_str(&print_function(function, Some(program)));
    }
    out
}

fn tables(program: &Program, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "; program {} {} in {}",
        program.name, program.version, program.timezone
    )?;
    for (number, text) in program.texts.iter().enumerate() {
        writeln!(out, "; text {number} {text:?}")?;
    }
    for (number, regex) in program.regexes.iter().enumerate() {
        writeln!(out, "; regex {number} {regex:?}")?;
    }
    for def in &program.enums {
        writeln!(out, "; enum {} {{ {} }}", def.name, def.values.join(", "))?;
    }
    for (record, layout) in program.records.iter().zip(&program.layouts) {
        writeln!(out, "; record {} of {} bytes", record.name, layout.size)?;
        for (field, slot) in record.fields.iter().zip(&layout.fields) {
            field_line(program, field, slot, out)?;
        }
    }
    let profile = &program.profile;
    writeln!(
        out,
        "; profile of {} bytes, consent at {}, audiences at {}",
        profile.size, profile.consent, profile.audiences
    )?;
    for event in &program.events {
        writeln!(out, "; event {} feeds {:?}", event.name, histories(event))?;
    }
    for (number, history) in program.histories.iter().enumerate() {
        let event = program.events.get(history.event.index());
        writeln!(
            out,
            "; history {number} {:?} {} {:?} {:?} exact {} panes {} ms at {}",
            history.aggregate,
            event.map_or("?", |event| &event.name),
            history.value,
            history.window,
            history.exact,
            history.pane_ms,
            history
                .slot
                .as_ref()
                .map_or("none".to_owned(), |slot| slot.offset.to_string()),
        )?;
    }
    for (number, audience) in program.audiences.iter().enumerate() {
        writeln!(out, "; audience {number} {}", audience.name)?;
    }
    for channel in &program.channels {
        writeln!(out, "; channel {}", channel.name)?;
    }
    for journey in &program.journeys {
        writeln!(
            out,
            "; journey {} of {} bytes, run f{}, {} waits, {} sends, {} splits",
            journey.name,
            journey.instance.size,
            journey.run.0,
            journey.waits.len(),
            journey.sends.len(),
            journey.splits.len()
        )?;
    }
    Ok(())
}

fn histories(event: &crate::plan::EventPlan) -> Vec<u32> {
    event.feeds.iter().map(|feed| feed.history.0).collect()
}

fn field_line(
    program: &Program,
    field: &FieldDef,
    slot: &FieldSlot,
    out: &mut String,
) -> fmt::Result {
    write!(
        out,
        ";   +{} {}: {}",
        slot.offset,
        field.name,
        type_name(program, &field.ty)
    )?;
    if let Some((byte, bit)) = slot.known {
        write!(out, ", known +{byte}.{bit}")?;
    }
    if !slot.probes.is_empty() {
        write!(out, ", probes {:?}", slot.probes)?;
    }
    writeln!(out)
}

/// A type as the language writes it.
pub(super) fn type_name(program: &Program, ty: &Type) -> String {
    ty.written(&|named| match named {
        Named::Enum(id) => Some(&program.enums.get(id.index())?.name),
        Named::Record(id) => Some(&program.records.get(id.index())?.name),
    })
}
