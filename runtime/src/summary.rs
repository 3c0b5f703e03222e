//! What a run ends with: counts, and their text for people. The clock that gives the rate is an argument,
//! so that all but that line is the same in every run.

use crate::engine::Engine;
use crate::intake::Intake;
use journey_program::show;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Something counted apart by name.
pub type Counts = BTreeMap<String, u64>;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// records read, whatever became of them
    pub records: u64,
    /// taken, by the event's name
    pub events: Counts,
    /// by reason
    pub dead_letters: Counts,
    /// fields that came and that nobody declared
    pub unknown_fields: Counts,
    /// what is worth knowing where it is not zero: late events, conflicts
    pub notes: Counts,
    /// events whose id was seen before
    pub duplicates: u64,
    pub people: u64,
    /// by journey
    pub journeys: BTreeMap<String, JourneyCounts>,
    /// by channel
    pub sends: Counts,
    /// by reason
    pub skips: Counts,
    pub faults: u64,
    /// members at the end
    pub audiences: Counts,
    pub pending: Pending,
    /// where the clock stands, as text; empty: nothing came
    pub clock: String,
    /// `native` or `interpreter`
    pub executed: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JourneyCounts {
    pub entered: u64,
    pub holdout: u64,
    pub goals: u64,
    pub ended: u64,
    /// at the end
    pub inside: u64,
}

/// What is still due when the clock stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    pub waits: u64,
    pub sends: u64,
}

fn named(counts: &BTreeMap<Arc<str>, u64>) -> Counts {
    counts
        .iter()
        .map(|(name, count)| (name.to_string(), *count))
        .collect()
}

impl Summary {
    /// The counts of a journey.
    fn journey(&mut self, name: &str) -> &mut JourneyCounts {
        self.journeys.entry(name.into()).or_default()
    }

    /// Where an engine stands after `records` of an intake, `refused` by it for these reasons.
    pub fn of(engine: &Engine, intake: &Intake<'_>, records: u64, refused: &Counts) -> Self {
        let counters = engine.counters();
        let mut summary = Self {
            records,
            events: named(&counters.by_event),
            dead_letters: refused.clone(),
            people: counters.people,
            sends: named(&counters.sends),
            skips: named(&counters.skips),
            faults: counters.faults.values().sum(),
            duplicates: counters.duplicates,
            pending: Pending {
                waits: engine.pending().waits + engine.pending().entries,
                sends: engine.pending().postponed,
            },
            clock: engine.clock().map(show::time_ms).unwrap_or_default(),
            executed: engine.executed_by().into(),
            ..Self::default()
        };
        for (reason, count) in &counters.dead_letters {
            *summary.dead_letters.entry(reason.to_string()).or_default() += count;
        }
        let extra = intake.extra().map(|extra| extra.iter().collect());
        summary.unknown_fields = extra.unwrap_or_default();
        for (name, count) in [
            ("late events", counters.late),
            ("stale writes", counters.stale_writes),
            ("identity conflicts", counters.identity_conflicts),
            ("identifiers shared by too many", counters.overshared),
            ("merged people", counters.merges),
            ("erased people", counters.erased),
            ("keys dropped", counters.keys_dropped),
            ("overflowing sums", counters.history_overflows),
        ] {
            if count > 0 {
                summary.notes.insert(name.into(), count);
            }
        }
        for plan in &engine.program().journeys {
            let of = |counts: &BTreeMap<Arc<str>, u64>| {
                counts.get(plan.name.as_str()).copied().unwrap_or(0)
            };
            let counts = summary.journey(&plan.name);
            counts.entered = of(&counters.entries);
            counts.goals = of(&counters.goals);
            counts.holdout = of(&counters.holdouts);
            counts.ended = of(&counters.ended);
            counts.inside = counts.entered.saturating_sub(counts.ended);
        }
        for (place, plan) in engine.program().audiences.iter().enumerate() {
            summary
                .audiences
                .insert(plan.name.clone(), engine.audience_size(place));
        }
        summary
    }

    /// As text, ended by a new line; `elapsed` is absent where time is not to be shown.
    pub fn render(&self, elapsed: Option<Duration>) -> String {
        let mut table = Table::default();
        table.line(0, "records", self.records);
        table.counts("events", &self.events, true);
        table.line(0, "people", self.people);
        if self.duplicates > 0 {
            table.line(0, "duplicates", self.duplicates);
        }
        for (name, count) in &self.notes {
            table.line(0, name, *count);
        }
        table.counts("dead letters", &self.dead_letters, false);
        table.counts("unknown fields", &self.unknown_fields, false);
        if !self.journeys.is_empty() {
            table.text(0, "journeys", String::new());
        }
        for (name, counts) in &self.journeys {
            table.text(1, name, counts.render());
        }
        table.counts("sends", &self.sends, true);
        table.counts("skips", &self.skips, false);
        if self.faults > 0 {
            table.line(0, "faults", self.faults);
        }
        if !self.audiences.is_empty() {
            table.text(0, "audiences", String::new());
        }
        for (name, size) in &self.audiences {
            table.line(1, name, *size);
        }
        let Pending { waits, sends } = self.pending;
        table.text(
            0,
            "pending",
            format!("{} waits, {} sends", grouped(waits), grouped(sends)),
        );
        for (name, text) in [("clock", &self.clock), ("executed", &self.executed)] {
            if !text.is_empty() {
                table.text(0, name, text.clone());
            }
        }
        if let Some(elapsed) = elapsed {
            table.text(0, "took", self.rate(elapsed));
        }
        table.render()
    }

    fn rate(&self, elapsed: Duration) -> String {
        let ms = elapsed.as_millis();
        let took = format!("{}.{:03} s", ms / 1_000, ms % 1_000);
        let rate = u128::from(self.records) * 1_000_000_000 / elapsed.as_nanos().max(1);
        match u64::try_from(rate) {
            Ok(rate) if self.records > 0 => format!("{took}, {} records a second", grouped(rate)),
            _ => took,
        }
    }
}

impl JourneyCounts {
    fn render(self) -> String {
        let Self {
            entered,
            holdout,
            goals,
            ended,
            inside,
        } = self;
        let parts = [
            (entered, "entered"),
            (holdout, "held out"),
            (goals, "goals"),
            (ended, "ended"),
            (inside, "inside"),
        ];
        let shown = parts
            .iter()
            .filter(|(count, name)| *count > 0 || *name == "entered");
        let words = shown.map(|(count, name)| format!("{} {name}", grouped(*count)));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Names on the left, values on the right of one column.
#[derive(Default)]
struct Table {
    lines: Vec<(String, String)>,
}

impl Table {
    fn text(&mut self, depth: usize, name: &str, value: String) {
        self.lines
            .push((format!("{}{name}", "  ".repeat(depth)), value));
    }

    fn line(&mut self, depth: usize, name: &str, count: u64) {
        self.text(depth, name, grouped(count));
    }

    /// The sum, then each; nothing where there is none, unless it is to be shown always.
    fn counts(&mut self, name: &str, counts: &Counts, always: bool) {
        let sum = counts.values().sum();
        if sum > 0 || always {
            self.line(0, name, sum);
        }
        for (name, count) in counts {
            self.line(1, name, *count);
        }
    }

    fn render(&self) -> String {
        let width = self
            .lines
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        for (name, value) in &self.lines {
            let line = format!("{name:width$}  {value}");
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// `28816` as `28,816`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
