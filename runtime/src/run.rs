//! A run: records in, actions and dead letters out, then a summary. What `journey run` and the tests share;
//! it opens nothing and knows no clock. Lines are written whole: where writing fails, the caller learns how
//! many bytes of whole lines went out, and can cut a file back to them.

pub mod kept;

use crate::actions::json::{self, Line, quoted};
use crate::engine::{DeadLetter, Engine};
use crate::input::{Identifiers, Input};
use crate::intake::reader::{Position, ReadError, Reader};
use crate::intake::{Intake, IntakeError, Taken};
use crate::summary::{Counts, Summary};
use journey_program::plan::Program;
use journey_program::show;
use journey_program::types::{EVENT_FIELDS, Value};
use std::fmt;
use std::io::{self, Write};

/// How much is gathered before it is written.
const WRITE_BYTES: usize = 64 << 10;
/// How often progress is told, in records.
const PROGRESS_RECORDS: u64 = 1_024;

/// How a run is to end, and what it is told of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terms {
    /// the time of arrival, for records without an `at`; milliseconds
    pub arrived: i64,
    /// moves the clock there at the end, and closes it; milliseconds
    pub until: Option<i64>,
}

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Actions,
    DeadLetters,
}

#[derive(Debug)]
pub enum RunError {
    Intake(IntakeError),
    /// whole lines of so many bytes were written before
    Write {
        output: Output,
        whole: u64,
        error: io::Error,
    },
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Intake(error) => error.fmt(f),
            RunError::Write {
                output: Output::Actions,
                error,
                ..
            } => {
                write!(f, "actions can't be written: {error}")
            }
            RunError::Write {
                output: Output::DeadLetters,
                error,
                ..
            } => {
                write!(f, "dead letters can't be written: {error}")
            }
        }
    }
}

impl std::error::Error for RunError {}

/// What a run came to. An input that broke off does not undo what came before.
#[derive(Debug)]
pub struct Done {
    pub summary: Summary,
    pub broken: Option<ReadError>,
}

/// Feeds all records of a reader to an engine.
pub fn run(
    engine: &mut Engine,
    intake: &mut Intake<'_>,
    reader: &mut Reader<'_>,
    terms: Terms,
    actions: &mut dyn Write,
    dead_letters: &mut dyn Write,
    progress: &mut dyn FnMut(Position),
) -> Result<Done, RunError> {
    intake.header(reader.columns()).map_err(RunError::Intake)?;
    let mut actions = Lines::new(Output::Actions, actions);
    let mut dead = Lines::new(Output::DeadLetters, dead_letters);
    let mut refused = Counts::new();
    let broken = loop {
        match intake.next(reader, terms.arrived) {
            Ok(None) => break None,
            Err(error) => break Some(error),
            Ok(Some(Taken::Input(input))) => engine.input(input),
            Ok(Some(Taken::DeadLetter(letter))) => {
                *refused.entry(letter.reason.name().into()).or_default() += 1;
                dead.push(&letter.to_json())?;
            }
        }
        drain(engine, &mut actions, &mut dead)?;
        if reader.position().records.is_multiple_of(PROGRESS_RECORDS) {
            progress(reader.position());
        }
    };
    engine.finish(terms.until);
    drain(engine, &mut actions, &mut dead)?;
    actions.flush()?;
    dead.flush()?;
    progress(reader.position());
    let summary = Summary::of(engine, intake, reader.position().records, &refused);
    Ok(Done { summary, broken })
}

fn drain(
    engine: &mut Engine,
    actions: &mut Lines<'_>,
    dead: &mut Lines<'_>,
) -> Result<(), RunError> {
    for action in engine.take_actions() {
        actions.push(&action.to_json())?;
    }
    for letter in engine.take_dead_letters() {
        dead.push(&refusal(engine.program(), &letter))?;
    }
    Ok(())
}

/// The dead letter of an input that the engine refused: its record is gone, so it is written as an envelope.
pub fn refusal(program: &Program, letter: &DeadLetter) -> String {
    let mut line = Line::new();
    let source = match &letter.input {
        Input::Event(event) => event.source.as_str(),
        Input::Profile(profile) => profile.source.as_str(),
        Input::Consent(_) | Input::Erase(_) | Input::Clock(_) => "",
    };
    if !source.is_empty() {
        line.text("source", source);
    }
    line.text("reason", letter.reason);
    line.raw("raw", &envelope(program, &letter.input));
    line.end()
}

/// An input as the canonical envelope.
pub fn envelope(program: &Program, input: &Input) -> String {
    let (id, ids) = match input {
        Input::Event(event) => (&event.id, &event.ids),
        Input::Profile(profile) => (&profile.id, &profile.ids),
        Input::Consent(consent) => (&consent.id, &consent.ids),
        Input::Erase(erase) => (&erase.id, &erase.ids),
        Input::Clock(_) => (&String::new(), &Identifiers::new()),
    };
    let (kind, data) = match input {
        Input::Event(event) => match program.events.get(event.event.index()) {
            Some(plan) => {
                // its record begins with what every event has
                let from = EVENT_FIELDS.len();
                let mut fields = vec![Value::Unknown; from];
                fields.extend(event.fields.iter().cloned());
                let data = json::record(program, plan.record, &fields, from);
                (plan.name.as_str(), data)
            }
            None => ("?", "{}".into()),
        },
        Input::Profile(profile) => {
            let fields = program.records.get(program.profile.record.index());
            let mut data = Line::new();
            for (field, value) in &profile.writes {
                let place = usize::try_from(*field).ok();
                let def = fields
                    .zip(place)
                    .and_then(|(def, place)| def.fields.get(place));
                data.raw(
                    def.map_or("?", |def| &def.name),
                    &json::value(program, value),
                );
            }
            ("profile", data.end())
        }
        Input::Consent(_) => ("consent", "{}".into()),
        Input::Erase(_) => ("@erase", "{}".into()),
        Input::Clock(_) => ("@clock", "{}".into()),
    };
    let mut line = Line::new();
    line.text("type", kind);
    line.text("id", id);
    line.raw("at", &quoted(&show::time_ms(input.at())));
    let mut names = Line::new();
    for (place, value) in ids {
        let place = usize::try_from(*place).ok();
        let plan = place.and_then(|place| program.profile.identifiers.get(place));
        names.text(plan.map_or("?", |plan| &plan.name), value);
    }
    line.raw("ids", &names.end());
    line.raw("data", &data);
    line.end()
}

/// Whole lines, gathered and written together.
struct Lines<'o> {
    output: Output,
    out: &'o mut dyn Write,
    pending: Vec<u8>,
    /// bytes that went out
    written: u64,
}

impl<'o> Lines<'o> {
    fn new(output: Output, out: &'o mut dyn Write) -> Self {
        Self {
            output,
            out,
            pending: Vec::new(),
            written: 0,
        }
    }

    fn push(&mut self, line: &str) -> Result<(), RunError> {
        self.pending.extend_from_slice(line.as_bytes());
        self.pending.push(b'\n');
        if self.pending.len() < WRITE_BYTES {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> Result<(), RunError> {
        let mut sent = 0;
        while let Some(rest) = self.pending.get(sent..).filter(|rest| !rest.is_empty()) {
            match self.out.write(rest) {
                Ok(0) => return Err(self.failed(sent, io::ErrorKind::WriteZero.into())),
                Ok(count) => sent += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(sent, error)),
            }
        }
        match self.out.flush() {
            Ok(()) => {
                self.written += u64::try_from(sent).unwrap_or(0);
                self.pending.clear();
                Ok(())
            }
            Err(error) => Err(self.failed(0, error)),
        }
    }

    /// What of the gathered bytes went out as whole lines.
    fn failed(&self, sent: usize, error: io::Error) -> RunError {
        let head = self.pending.get(..sent).unwrap_or_default();
        let lines = head
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |place| place + 1);
        let whole = self.written + u64::try_from(lines).unwrap_or(0);
        RunError::Write {
            output: self.output,
            whole,
            error,
        }
    }
}
