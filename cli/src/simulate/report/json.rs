//! The report as one JSON object, for tools; its keys are the fields of `Report`.

use super::Report;

impl Report {
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}
