//! `journey.toml` → what a program is called, where its clock stands, how it takes its events, and how
//! strict its lints are.

use crate::db::{Db, Workspace};
use crate::diagnostics::codes::{self, CODES};
use crate::diagnostics::words::nearest;
use crate::diagnostics::{Diagnostic, Fix, Location, Severity};
use journey_program::civil;
use journey_program::plan::Settings;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The manifest, read. What is wrong with it stands in `problems`; the rest has its default.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub name: String,
    pub version: String,
    pub timezone: String,
    pub settings: Settings,
    /// lints by name; None: not to be shown
    pub lints: BTreeMap<String, Option<Severity>>,
    /// `[build] targets`
    pub targets: Vec<String>,
    pub problems: Vec<Diagnostic>,
}

/// The manifest of a workspace; a lone file has the defaults.
#[salsa::tracked]
pub fn project(db: &dyn Db, workspace: Workspace) -> Project {
    let mut reader = Reader::new();
    match workspace.manifest(db) {
        Some((path, text)) => {
            reader.file.clone_from(path);
            reader.read(text);
        }
        // A folder without a manifest has been told so already.
        None if workspace
            .loading(db)
            .iter()
            .any(|p| p.code == "no-manifest") => {}
        None => {
            if let [file] = workspace.files(db) {
                let path = file.path(db);
                reader.file = path.to_owned();
                reader.project.name = file_stem(path).to_owned();
                reader.report(
                    "no-timezone",
                    0..0,
                    "no time zone is declared, so clock times are in UTC",
                    "make it a project: a `journey.toml` with `[project]`, `name` and `timezone`",
                );
            }
        }
    }
    reader.project
}

fn file_stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.strip_suffix(".journey").unwrap_or(file)
}

/// `simulation` is read where it is used: it names what the program declares.
const TABLES: [&str; 5] = ["project", "lints", "build", "runtime", "simulation"];
const PROJECT_KEYS: [&str; 4] = ["name", "version", "edition", "timezone"];
const RUNTIME_KEYS: [&str; 6] = ["dedupe", "lateness", "reorder", "ahead", "history", "cache"];

struct Reader {
    file: String,
    project: Project,
}

impl Reader {
    fn new() -> Self {
        Self {
            file: crate::load::MANIFEST.to_owned(),
            project: Project {
                name: "program".to_owned(),
                version: "0.0.0".to_owned(),
                timezone: "UTC".to_owned(),
                settings: Settings::default(),
                lints: BTreeMap::new(),
                targets: Vec::new(),
                problems: Vec::new(),
            },
        }
    }

    fn read(&mut self, text: &str) {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            let message = error
                .message()
                .lines()
                .next()
                .unwrap_or("not TOML")
                .to_owned();
            self.report(
                "manifest-syntax",
                span,
                message,
                "see https://toml.io for the syntax",
            );
        }
        let table = table.get_ref();
        for (key, _) in table {
            self.known_key(key.get_ref(), key.span(), &TABLES, "table");
        }
        match table_of(table, "project") {
            Some((project, span)) => self.read_project(project, span),
            None => {
                self.report(
                    "missing-manifest-key",
                    0..0,
                    "the manifest has no `[project]` table",
                    "add `[project]` with `name` and `timezone`",
                );
            }
        }
        if let Some((lints, _)) = table_of(table, "lints") {
            self.read_lints(lints);
        }
        if let Some((build, _)) = table_of(table, "build") {
            self.read_build(build);
        }
        if let Some((runtime, _)) = table_of(table, "runtime") {
            self.read_runtime(runtime);
        }
    }

    fn read_project(&mut self, table: &DeTable<'_>, at: Range<usize>) {
        for (key, value) in table {
            self.known_key(
                key.get_ref(),
                key.span(),
                &PROJECT_KEYS,
                "key of `[project]`",
            );
            let Some(text) = self.text(value) else {
                continue;
            };
            match &**key.get_ref() {
                "name" => self.project.name = text,
                "version" => self.project.version = text,
                "edition" => self.edition(&text, value.span()),
                "timezone" => self.timezone(text, value.span()),
                _ => {}
            }
        }
        if !table.contains_key("name") {
            self.report(
                "missing-manifest-key",
                at.clone(),
                "the project has no `name`",
                "add `name = \"shop\"`",
            );
        }
        if !table.contains_key("timezone") {
            self.report(
                "no-timezone",
                at,
                "no time zone is declared, so clock times are in UTC",
                "add `timezone = \"Europe/London\"`: where a person's own zone is unknown, this one counts",
            );
        }
    }

    fn edition(&mut self, text: &str, span: Range<usize>) {
        if text != "2026" {
            self.report(
                "manifest-value",
                span,
                format!("there is no edition `{text}`"),
                "write `edition = \"2026\"`",
            );
        }
    }

    fn timezone(&mut self, text: String, span: Range<usize>) {
        if civil::zone_word(&text).is_some() {
            self.project.timezone = text;
            return;
        }
        let names = civil::zone_names();
        let same = names.iter().find(|name| name.eq_ignore_ascii_case(&text));
        let near = same.copied().or_else(|| nearest(&text, names));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write an IANA name such as `Europe/London`".to_owned(),
        };
        let message = format!("there is no time zone `{text}`");
        self.report("unknown-timezone", span, message, help);
    }

    fn read_lints(&mut self, table: &DeTable<'_>) {
        let names: Vec<&str> = CODES.iter().filter(|c| c.lint).map(|c| c.name).collect();
        for (key, value) in table {
            self.known_key(key.get_ref(), key.span(), &names, "lint");
            let Some(level) = self.text(value) else {
                continue;
            };
            let severity = match level.as_str() {
                "allow" => None,
                "warn" => Some(Severity::Warning),
                "deny" => Some(Severity::Error),
                _ => {
                    self.report(
                        "manifest-value",
                        value.span(),
                        format!("a lint has no level `{level}`"),
                        "write `allow`, `warn` or `deny`",
                    );
                    continue;
                }
            };
            self.project
                .lints
                .insert(key.get_ref().to_string(), severity);
        }
    }

    fn read_build(&mut self, table: &DeTable<'_>) {
        const TARGETS: [&str; 2] = ["x86_64-linux", "aarch64-linux"];
        for (key, value) in table {
            self.known_key(key.get_ref(), key.span(), &["targets"], "key of `[build]`");
            let DeValue::Array(list) = value.get_ref() else {
                self.wrong_kind(value, "a list of texts");
                continue;
            };
            for item in list {
                let Some(target) = self.text(item) else {
                    continue;
                };
                if TARGETS.contains(&target.as_str()) {
                    self.project.targets.push(target);
                } else {
                    self.report(
                        "manifest-value",
                        item.span(),
                        format!("there is no target `{target}`"),
                        "write `x86_64-linux` or `aarch64-linux`",
                    );
                }
            }
        }
    }

    fn read_runtime(&mut self, table: &DeTable<'_>) {
        let mut lateness_at = None;
        for (key, value) in table {
            self.known_key(
                key.get_ref(),
                key.span(),
                &RUNTIME_KEYS,
                "key of `[runtime]`",
            );
            let Some(text) = self.text(value) else {
                continue;
            };
            if key.get_ref() == "cache" {
                self.cache(value, &text);
                continue;
            }
            let Some(ms) = duration_ms(&text) else {
                self.report(
                    "manifest-value",
                    value.span(),
                    format!("`{text}` is no duration"),
                    "write a number and a unit, such as `7 days`",
                );
                continue;
            };
            let settings = &mut self.project.settings;
            match &**key.get_ref() {
                "dedupe" => settings.dedupe_ms = ms,
                "lateness" => {
                    settings.lateness_ms = ms;
                    lateness_at = Some(value.span());
                }
                "reorder" => settings.reorder_ms = ms,
                "ahead" => settings.ahead_ms = ms,
                "history" => settings.history_ms = ms,
                _ => {}
            }
        }
        let settings = self.project.settings;
        if settings.lateness_ms > settings.dedupe_ms {
            self.report(
                "lateness-beyond-dedupe",
                lateness_at.unwrap_or(0..0),
                "an event may come later than its id is remembered, so it could count twice",
                "make `dedupe` at least as long as `lateness`",
            );
        }
    }

    fn cache(&mut self, value: &Spanned<DeValue<'_>>, text: &str) {
        match bytes_of(text) {
            Some(bytes) => self.project.settings.cache = bytes,
            None => self.report(
                "manifest-value",
                value.span(),
                format!("`{text}` is no amount of memory"),
                "write a number and a unit, such as `500 MB`",
            ),
        }
    }

    /// The text of a value that must be one.
    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<String> {
        if let DeValue::String(text) = value.get_ref() {
            return Some(text.to_string());
        }
        self.wrong_kind(value, "a text in quotes");
        None
    }

    fn wrong_kind(&mut self, value: &Spanned<DeValue<'_>>, due: &str) {
        self.report(
            "manifest-value",
            value.span(),
            format!("{due} is due here"),
            "see the manifest's page in the reference",
        );
    }

    fn known_key(&mut self, key: &str, span: Range<usize>, known: &[&str], what: &str) {
        if known.contains(&key) {
            return;
        }
        let near = nearest(key, known.iter().copied());
        let help = match near {
            Some(best) => format!("did you mean `{best}`?"),
            None => format!("it knows `{}`", known.join("`, `")),
        };
        let at = self.location(span.clone());
        self.report(
            "unknown-manifest-key",
            span,
            format!("there is no {what} named `{key}`"),
            help,
        );
        if let (Some(best), Some(problem)) = (near, self.project.problems.last_mut()) {
            problem.fix = Some(Fix {
                title: format!("change to `{best}`"),
                edits: vec![(at, best.to_owned())],
            });
        }
    }

    fn location(&self, span: Range<usize>) -> Location {
        Location {
            file: self.file.clone(),
            start: u32::try_from(span.start).unwrap_or(u32::MAX),
            end: u32::try_from(span.end).unwrap_or(u32::MAX),
        }
    }

    fn report(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let at = self.location(span);
        self.project.problems.push(Diagnostic {
            code,
            severity: codes::severity(code),
            message: message.into(),
            at,
            labels: Vec::new(),
            help: Some(help.into()),
            fix: None,
            alternative: None,
            related: Vec::new(),
        });
    }
}

fn table_of<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<(&'a DeTable<'t>, Range<usize>)> {
    let value = table.get(name)?;
    let DeValue::Table(inner) = value.get_ref() else {
        return None;
    };
    Some((inner, value.span()))
}

/// `500 MB` in bytes; at least one MB, not absurd.
fn bytes_of(text: &str) -> Option<u64> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: u64 = count.replace('_', "").parse().ok()?;
    let unit = match unit.trim() {
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    let bytes = count.checked_mul(unit)?;
    (1_000_000..=1_000_000_000_000_000)
        .contains(&bytes)
        .then_some(bytes)
}

/// `7 days` in milliseconds; not negative, not absurd.
fn duration_ms(text: &str) -> Option<i64> {
    let (count, unit) = text.trim().split_once(' ')?;
    let count: i64 = count.replace('_', "").parse().ok().filter(|n| *n >= 0)?;
    let unit_ms = match unit.trim().trim_end_matches('s') {
        "second" => 1_000,
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        "week" => 604_800_000,
        _ => return None,
    };
    // A hundred years bound what is kept.
    count
        .checked_mul(unit_ms)
        .filter(|ms| *ms <= 36_525 * 86_400_000)
}
