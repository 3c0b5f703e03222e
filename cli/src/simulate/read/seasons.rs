//! `hours`, `weekdays`, `months`: when things are done more often. What is not named weighs 1.

use super::Reader;
use super::toml::{Item, get};
use crate::simulate::model::Seasons;
use journey_program::civil::WEEKDAYS;
use toml::de::DeTable;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

impl Reader<'_> {
    /// The seasons of a table; what it does not say is as in `default`.
    pub(super) fn seasons(&mut self, table: &DeTable<'_>, default: Seasons) -> Seasons {
        let mut seasons = default;
        if let Some(item) = get(table, "hours")
            && let Some(hours) = self.hours(item)
        {
            seasons.hours = hours;
        }
        if let Some(item) = get(table, "weekdays")
            && let Some(weekdays) = self.named(item, WEEKDAYS, "weekday called")
        {
            seasons.weekdays = self.shared(item, weekdays);
        }
        if let Some(item) = get(table, "months")
            && let Some(months) = self.named(item, MONTHS, "month called")
        {
            seasons.months = months;
        }
        seasons
    }

    /// Factors by name.
    fn named<const N: usize>(
        &mut self,
        item: &Item<'_>,
        names: [&str; N],
        what: &str,
    ) -> Option<[f64; N]> {
        let table = self.problems.table(item)?;
        self.problems.known_keys(table, &names, what);
        let mut factors = [1.0; N];
        for (name, factor) in names.iter().zip(&mut factors) {
            if let Some(item) = get(table, name) {
                *factor = self.problems.amount(item)?;
            }
        }
        Some(factors)
    }

    /// `{ "0-6" = 0.1, "18" = 3 }`: hours of the clock, both ends included
    fn hours(&mut self, item: &Item<'_>) -> Option<[f64; 24]> {
        let table = self.problems.table(item)?;
        let mut hours = [1.0; 24];
        for (key, factor) in table {
            let text = key.get_ref().as_ref();
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let ends = (first.trim().parse::<usize>(), last.trim().parse::<usize>());
            let factor = self.problems.amount(factor)?;
            let meant = match ends {
                (Ok(first), Ok(last)) if first <= last => hours.get_mut(first..=last),
                _ => None,
            };
            let Some(meant) = meant else {
                let message = format!("`{text}` is no hour of the clock");
                let help = "write one such as `\"9\"`, or some such as `\"9-17\"`, of 0 to 23";
                self.problems
                    .report("manifest-value", key.span(), message, help);
                return None;
            };
            meant.fill(factor);
        }
        Some(self.shared(item, hours))
    }

    /// Made so that their mean is 1.
    fn shared<const N: usize>(&mut self, item: &Item<'_>, mut factors: [f64; N]) -> [f64; N] {
        let sum: f64 = factors.iter().sum();
        if sum <= 0.0 {
            let message = "nothing would ever happen";
            self.problems
                .value(item, message, "let one of them be more than 0");
            return [1.0; N];
        }
        #[expect(clippy::cast_precision_loss, reason = "7 or 24")]
        let mean = sum / N as f64;
        for factor in &mut factors {
            *factor /= mean;
        }
        factors
    }
}
