//! The report for people: what a year will look like, most asked first.

use super::limits::duration;
use super::{Counts, JourneyReport, Report, StepReport};
use std::fmt::Write as _;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// The longest bar.
const BAR: u64 = 40;
/// Numbers of messages that have a line of their own; the rest is one.
const LINES: usize = 8;

impl Report {
    pub fn text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} {}: {} people, {} days from {}, seed {}",
            self.program,
            self.version,
            grouped(self.people),
            self.days,
            self.from,
            self.seed
        );
        self.messages(&mut out);
        self.journeys_text(&mut out);
        self.when(&mut out);
        self.gates(&mut out);
        self.rest(&mut out);
        out
    }

    fn messages(&self, out: &mut String) {
        let sent: u64 = self.sends.values().sum();
        let _ = writeln!(
            out,
            "\nmessages  {} sent{}",
            grouped(sent),
            each(&self.sends)
        );
        let weekly = &self.weekly;
        if weekly.person_weeks == 0 {
            return;
        }
        let _ = writeln!(
            out,
            "a person's week, of {} (messages in it, weeks, share)",
            grouped(weekly.person_weeks)
        );
        let most = weekly.weeks.values().copied().max().unwrap_or(0);
        for (count, weeks) in weekly.weeks.iter().take(LINES) {
            let share = percent(*weeks, weekly.person_weeks);
            let bar = bar(*weeks, most);
            let _ = writeln!(
                out,
                "  {count:>3} {:>12} {share:>7}  {bar}",
                grouped(*weeks)
            );
        }
        let rest: u64 = weekly.weeks.values().skip(LINES).sum();
        if rest > 0 {
            let share = percent(rest, weekly.person_weeks);
            let _ = writeln!(out, "  more {:>11} {share:>7}", grouped(rest));
        }
        let in_weeks: u64 = weekly
            .weeks
            .iter()
            .map(|(count, weeks)| u64::from(*count) * weeks)
            .sum();
        let _ = writeln!(
            out,
            "  on average {} a week",
            ratio(in_weeks, weekly.person_weeks, 3)
        );
        if let Some(most) = &weekly.most {
            let _ = writeln!(
                out,
                "  the most: {}, {} in the week from {}",
                most.count, most.profile, most.week
            );
        }
        let none = weekly.people.get(&0).copied().unwrap_or(0);
        let _ = writeln!(out, "people who never get one: {}", grouped(none));
        if let Some(most) = &weekly.most_in_all {
            let _ = writeln!(out, "the most in all: {}, {}", most.count, most.profile);
        }
    }

    fn journeys_text(&self, out: &mut String) {
        for (name, journey) in &self.journeys {
            let _ = writeln!(out, "\njourney {name}");
            journey.text(out);
        }
    }

    fn when(&self, out: &mut String) {
        let most = self.hours.iter().copied().max().unwrap_or(0);
        if most == 0 {
            return;
        }
        let _ = writeln!(out, "\nsends by the hour of the person's clock");
        for (hour, count) in self.hours.iter().enumerate() {
            let line = format!("  {hour:02} {:>10}  {}", grouped(*count), bar(*count, most));
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let _ = writeln!(out, "by weekday");
        let most = self.weekdays.iter().copied().max().unwrap_or(0);
        for (day, count) in DAYS.iter().zip(&self.weekdays) {
            let line = format!("  {day} {:>9}  {}", grouped(*count), bar(*count, most));
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let _ = writeln!(out, "by month");
        let most = self.months.values().copied().max().unwrap_or(0);
        for (month, count) in &self.months {
            let line = format!("  {month} {:>9}  {}", grouped(*count), bar(*count, most));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }

    fn gates(&self, out: &mut String) {
        if !self.limits.is_empty() {
            let _ = writeln!(out, "\nlimits (sends that they refused)");
        }
        for limit in &self.limits {
            let _ = writeln!(out, "  {:<44} {:>9}", limit.limit, grouped(limit.refused));
        }
        if !self.held.is_empty() {
            let _ = writeln!(out, "\nheld back, then sent or skipped");
        }
        for (channel, held) in &self.held {
            let causes = [
                (held.quiet, "by quiet hours"),
                (held.closed, "while closed"),
                (held.hold, "by a hold"),
                (held.limit, "by a limit that waits"),
            ];
            let some = causes.iter().filter(|(count, _)| *count > 0);
            let words = some.map(|(count, name)| format!("{} {name}", grouped(*count)));
            let _ = writeln!(
                out,
                "  {channel}: {}; the longest {}",
                words.collect::<Vec<_>>().join(", "),
                rounded(held.longest_ms)
            );
        }
    }

    fn rest(&self, out: &mut String) {
        let fed: u64 = self.inputs.values().sum();
        let _ = writeln!(out, "\nevents  {}", grouped(fed));
        for (name, count) in &self.inputs {
            let _ = writeln!(out, "  {name:<30} {:>12}", grouped(*count));
        }
        for (title, counts) in [
            ("dead letters", &self.dead_letters),
            ("faults", &self.faults),
        ] {
            if !counts.is_empty() {
                let sum: u64 = counts.values().sum();
                let _ = writeln!(out, "{title}  {}{}", grouped(sum), each(counts));
            }
        }
        for (what, count) in &self.left_out {
            let _ = writeln!(out, "left out: {} {what}", grouped(*count));
        }
        if self.nameless > 0 {
            let count = grouped(self.nameless);
            let _ = writeln!(out, "people without an identifier, left out: {count}");
        }
        if !self.audiences.is_empty() {
            let _ = writeln!(out, "audiences at the end");
        }
        for (name, size) in &self.audiences {
            let _ = writeln!(out, "  {name:<30} {:>12}", grouped(*size));
        }
        let (waits, sends) = (grouped(self.waits), grouped(self.postponed));
        let _ = writeln!(out, "pending at the end: {waits} waits, {sends} sends");
    }
}

impl JourneyReport {
    fn text(&self, out: &mut String) {
        let people = grouped(self.people);
        let _ = writeln!(
            out,
            "  entered {} by {people} people",
            grouped(self.entered)
        );
        line(out, "refused", &self.refused);
        if self.held_out > 0 {
            let share = percent(self.held_out, self.entered);
            let _ = writeln!(out, "  held out {} ({share})", grouped(self.held_out));
        }
        if self.goals > 0 {
            let reached = self.goals - self.goals_held_out;
            let entered = self.entered.saturating_sub(self.held_out);
            let _ = write!(
                out,
                "  goals {} ({} of those who entered)",
                grouped(reached),
                percent(reached, entered)
            );
            if self.held_out > 0 {
                let share = percent(self.goals_held_out, self.held_out);
                let _ = write!(out, ", {} held out ({share})", grouped(self.goals_held_out));
            }
            out.push('\n');
        }
        line(out, "exits", &self.exits);
        let ends: Counts = self
            .ends
            .iter()
            .map(|(name, count)| {
                let shown = if name.is_empty() {
                    "ran through".into()
                } else {
                    name.clone()
                };
                (shown, *count)
            })
            .collect();
        line(out, "ends", &ends);
        if self.inside > 0 {
            let _ = writeln!(out, "  inside at the end {}", grouped(self.inside));
        }
        for (split, arms) in &self.splits {
            let _ = writeln!(out, "  split {split}");
            for (arm, counts) in arms {
                let goals = percent(counts.goals, counts.entered);
                let entered = grouped(counts.entered);
                let _ = writeln!(
                    out,
                    "    {arm}: {entered} entered, {} goals ({goals})",
                    grouped(counts.goals)
                );
            }
        }
        for (step, chosen) in &self.decisions {
            let _ = writeln!(out, "  decide {step}{}", each(chosen).replacen(':', " ", 1));
        }
        for (name, step) in &self.steps {
            let _ = writeln!(out, "  {}", step.text(name));
        }
    }
}

impl StepReport {
    fn text(&self, name: &str) -> String {
        let sent: u64 = self.sent.values().sum();
        let mut text = format!("send {name}: {} sent", grouped(sent));
        if self.sent.len() > 1 {
            let by: Vec<String> = self
                .sent
                .iter()
                .map(|(channel, count)| format!("{} by {channel}", grouped(*count)))
                .collect();
            let _ = write!(text, " ({})", by.join(", "));
        }
        for (answer, count) in &self.answers {
            let share = percent(*count, sent);
            let _ = write!(text, ", {} {answer} ({share})", grouped(*count));
        }
        for (reason, count) in &self.skipped {
            let _ = write!(text, ", {} skipped: {reason}", grouped(*count));
        }
        if self.postponed > 0 {
            let _ = write!(text, ", {} held back", grouped(self.postponed));
        }
        if self.withdrawn > 0 {
            let _ = write!(text, ", {} taken back", grouped(self.withdrawn));
        }
        text
    }
}

fn line(out: &mut String, name: &str, counts: &Counts) {
    let sum: u64 = counts.values().sum();
    if sum > 0 {
        let _ = writeln!(out, "  {name} {}{}", grouped(sum), each(counts));
    }
}

/// `: 3 limit, 1 no_consent`
fn each(counts: &Counts) -> String {
    if counts.is_empty() {
        return String::new();
    }
    let words = counts.iter();
    let words = words.map(|(name, count)| format!("{} {name}", grouped(*count)));
    format!(": {}", words.collect::<Vec<_>>().join(", "))
}

fn bar(count: u64, most: u64) -> String {
    let length = (count * BAR).div_ceil(most.max(1));
    "#".repeat(usize::try_from(length).unwrap_or(0))
}

/// `12.3%`
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    ratio(part * 100, whole, 1) + "%"
}

/// A quotient with so many digits after the point, rounded half up, in whole numbers.
fn ratio(part: u64, whole: u64, digits: u32) -> String {
    let scale = 10u128.pow(digits);
    let whole = u128::from(whole.max(1));
    let scaled = (u128::from(part) * scale * 2 + whole) / (whole * 2);
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{}.{:0width$}", scaled / scale, scaled % scale)
}

/// A wait in the unit that fits it.
fn rounded(ms: i64) -> String {
    const MINUTE: i64 = 60_000;
    let whole = (ms / MINUTE) * MINUTE;
    if ms < MINUTE {
        return duration(ms.max(0));
    }
    let (hours, minutes) = (whole / 3_600_000, whole % 3_600_000 / MINUTE);
    match (hours, minutes) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `28816` as `28,816`
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
