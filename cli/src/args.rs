//! What can be asked of `journey`: the arguments, as `interfaces.md` lists them.

use crate::terminal::Color;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Journeys as reviewed text: check them, test them, run them.
#[derive(Debug, Parser)]
#[command(name = "journey", version, propagate_version = true)]
pub struct Cli {
    /// colour of diagnostics
    #[arg(long, global = true, value_enum, default_value_t)]
    pub color: Color,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// a project with one event, one audience, one journey, its test and events to run it on
    New(NewArgs),
    /// parse, type-check, prove
    Check(CheckArgs),
    /// the one canonical form
    Fmt(FmtArgs),
    /// the artifact, or what it is made of
    Build(BuildArgs),
    /// the `test` blocks, on native code and interpreter
    Test(TestArgs),
    /// events in, actions out, then done
    Run(RunArgs),
    /// the live runtime: HTTP in, actions out, everything kept in a folder
    Serve(ServeArgs),
    /// people and behaviour invented (seeded) or taken from recorded events: a year in seconds, and a report
    Simulate(SimulateArgs),
    /// what a deployment would do: which journeys change, and whether their `migrate` blocks are total
    Plan(PlanArgs),
    /// who would get something else, by the change in the source that causes it
    Diff(DiffArgs),
    /// the state machine of a journey
    Graph(GraphArgs),
    /// what was decided for a person and why, and why not
    Why(WhyArgs),
    /// what came of it: funnels, conversions, credit, lift, value
    Report(ReportArgs),
    /// a person's data, removed with proof
    Erase(EraseArgs),
    /// all that is held of a person
    Export(ExportArgs),
    /// a diagnostic's page
    Explain(ExplainArgs),
    /// the language server, on standard input and output
    Lsp(LspArgs),
}

#[derive(Debug, Args)]
pub struct LspArgs {
    /// what many editors say by themselves; it is so in any case
    #[arg(long)]
    pub stdio: bool,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// the folder to make; its name is the project's
    #[arg(required_unless_present = "from_schema")]
    pub name: Option<PathBuf>,
    /// declare the events that these JSON Schemas describe; without NAME the text goes to standard output
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub from_schema: Vec<PathBuf>,
    /// make it ready for a repository: a workflow that checks pull requests, hooks for commits, a README
    #[arg(long, requires = "name")]
    pub ci: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
    Sarif,
    Github,
    Junit,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// a project's folder or a single file (default: the nearest project above)
    pub path: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// what else fails the check
    #[arg(long, value_enum)]
    pub deny: Option<Deny>,
    /// bounds and sizes of each journey and audience too
    #[arg(long)]
    pub stats: bool,
    /// keep what was said here: the same files checked again, by the same command, are not looked at again
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    Warnings,
}

#[derive(Debug, Args)]
pub struct FmtArgs {
    /// files and folders (default: the nearest project above)
    pub paths: Vec<PathBuf>,
    /// change nothing; fail if something would change
    #[arg(long)]
    pub check: bool,
    /// from standard input to standard output
    #[arg(long, conflicts_with_all = ["check", "paths"])]
    pub stdin: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    Ast,
    Hir,
    Ir,
    Clif,
    Asm,
    Graph,
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    pub path: Option<PathBuf>,
    /// where the artifact goes
    #[arg(short, long, required_unless_present = "emit")]
    pub output: Option<PathBuf>,
    /// native code for these (default: the manifest's, else this machine)
    #[arg(long = "target", value_delimiter = ',')]
    pub targets: Vec<String>,
    /// print a stage instead
    #[arg(long, value_enum, conflicts_with = "output")]
    pub emit: Option<Emit>,
    /// sign the artifact with this Ed25519 key (PKCS #8, PEM)
    #[arg(long, value_name = "KEY", requires = "output")]
    pub sign: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    #[default]
    Text,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    pub path: Option<PathBuf>,
    /// only tests whose title contains this
    pub filter: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: TestFormat,
}

#[derive(Debug, Args)]
pub struct RunArgs {
    /// a project's folder, a file or an artifact
    pub path: PathBuf,
    /// events: a file, or `-` for standard input
    #[arg(long)]
    pub events: PathBuf,
    /// the `source` that reads them; without it the canonical envelope is read
    #[arg(long)]
    pub source: Option<String>,
    /// where actions go (default: nowhere; `-`: standard output)
    #[arg(long)]
    pub actions: Option<PathBuf>,
    /// where records go that no rule took (default: counted only)
    #[arg(long)]
    pub dead_letters: Option<PathBuf>,
    /// a folder that keeps what has happened: the same command run again goes on there
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// where the folder's program is another one: this one takes over, with everyone in it
    #[arg(long, requires = "state")]
    pub deploy: bool,
    /// moves the clock to this instant at the end, and closes it
    #[arg(long)]
    pub until: Option<String>,
    /// open only an artifact that was signed with this Ed25519 key (public key, PEM); may be given several times
    #[arg(long, value_name = "PUBKEY")]
    pub trust: Vec<PathBuf>,
    /// run on the reference interpreter
    #[arg(long)]
    pub interpret: bool,
    /// kinds of actions to show as well: audience, refused
    #[arg(long, value_delimiter = ',')]
    pub actions_include: Vec<String>,
    /// kinds of actions to leave out
    #[arg(long, value_delimiter = ',')]
    pub actions_exclude: Vec<String>,
}

/// What a key lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyKind {
    Write,
    Read,
}

impl KeyKind {
    pub fn name(self) -> &'static str {
        match self {
            KeyKind::Write => "write",
            KeyKind::Read => "read",
        }
    }
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// a project's folder, a file or an artifact
    #[arg(required_unless_present = "new_key")]
    pub path: Option<PathBuf>,
    /// the folder that keeps what has happened
    #[arg(long, value_name = "DIR", required_unless_present = "new_key")]
    pub state: Option<PathBuf>,
    /// where to listen (default: 127.0.0.1:8080)
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<std::net::SocketAddr>,
    /// keys, TLS, limits: `grammar/reference/37-serving.md` says all of it
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// where the folder's program is another one: this one takes over, with everyone in it
    #[arg(long)]
    pub deploy: bool,
    /// the folder was put back from a backup: sends that may have gone out since are treated as in doubt
    #[arg(long)]
    pub restored: bool,
    /// where actions go (default: nowhere; `-`: standard output)
    #[arg(long)]
    pub actions: Option<PathBuf>,
    /// where records go that were refused (default: their sender is told)
    #[arg(long)]
    pub dead_letters: Option<PathBuf>,
    /// open only an artifact that was signed with this Ed25519 key (public key, PEM); may be given several times
    #[arg(long, value_name = "PUBKEY")]
    pub trust: Vec<PathBuf>,
    /// run on the reference interpreter
    #[arg(long)]
    pub interpret: bool,
    /// print a new key and its hash for the configuration, and end
    #[arg(long, value_enum, value_name = "KIND")]
    pub new_key: Option<KeyKind>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    #[default]
    Text,
    Json,
}

/// What `journey simulate --help` says beside its arguments.
const SIMULATE_ABOUT: &str = r#"Who does what how often is said in the `[simulation]` section of `journey.toml`:

  [simulation]                      people = 2000, seed = 1, from = "2026-01-01", days = 365
  [simulation.profile]              email = "u{n}@example.com", tier = { shares = { gold = 0.1, none = 0.9 } }
  [simulation.consent]              marketing = 0.7
  [simulation.events.order_placed]  per_week = 0.2, fields = { total = { lognormal = [30, 0.8] } }
  [[simulation.follow]]             after = "email.sent", event = "email.clicked", share = 0.1, median = "2 hours"

`journey explain simulation` says all of it."#;

#[derive(Debug, Args)]
#[command(long_about = SIMULATE_ABOUT)]
pub struct SimulateArgs {
    /// a project's folder, a file or an artifact
    pub path: PathBuf,
    /// another seed: other people, doing other things at the same rates
    #[arg(long)]
    pub seed: Option<u64>,
    /// how many people
    #[arg(long)]
    pub people: Option<u64>,
    /// the first day, such as 2026-01-01
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// how many days
    #[arg(long)]
    pub days: Option<u32>,
    /// a file with a `[simulation]` section, in the place of the manifest's
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// recorded events, or `-`: whole people are drawn from them in the place of invented ones
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// the `source` that reads them; without it the canonical envelope is read
    #[arg(long, requires = "events")]
    pub source: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
    /// where actions go (default: nowhere)
    #[arg(long, value_name = "FILE")]
    pub actions: Option<PathBuf>,
    /// where the events go that were invented: `journey run --events` makes the same actions of them
    #[arg(long, value_name = "FILE")]
    pub write_events: Option<PathBuf>,
    /// run on the reference interpreter
    #[arg(long)]
    pub interpret: bool,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// a project's folder or a file
    pub old: PathBuf,
    /// the same, changed
    pub new: PathBuf,
    /// events: a file, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub events: PathBuf,
    /// the `source` that reads them; without it the canonical envelope is read
    #[arg(long)]
    pub source: Option<String>,
    /// moves the clock to this instant at the end, and closes it
    #[arg(long)]
    pub until: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// the version that is deployed: a project's folder or a file
    pub old: PathBuf,
    /// the one that is to be
    pub new: PathBuf,
    /// a state folder in which the older version runs: what would become of everyone in it
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    Svg,
    #[default]
    Mermaid,
    Dot,
    Json,
}

#[derive(Debug, Args)]
pub struct GraphArgs {
    pub path: Option<PathBuf>,
    /// one journey (default: all; svg shows one)
    pub journey: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: GraphFormat,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// the diagnostic's name: unreachable-step; or `simulation`, `diff`
    pub name: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    #[default]
    Json,
}

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// the folder that keeps what has happened
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// an identifier, `user_id:u1`, or a value that only one person has
    pub profile: String,
    #[arg(long, value_enum, default_value_t)]
    pub format: ExportFormat,
}

#[derive(Debug, Args)]
pub struct WhyArgs {
    /// the folder that keeps what has happened
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// an identifier, `user_id:u1`, or a value that only one person has
    pub profile: String,
    /// the project, where the folder does not know what its program was compiled from
    pub path: Option<PathBuf>,
    /// of this journey (default: of all)
    #[arg(long)]
    pub journey: Option<String>,
    /// of this step of it
    #[arg(long)]
    pub step: Option<String>,
    /// as things were at this instant, such as 2026-02-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportAs {
    #[default]
    Text,
    Json,
    Csv,
}

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// the folder that keeps what has happened
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// this table alone: funnel, conversions, paths, credit, cost, lift, sizes, rfm, models, value, cohorts, …
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    #[arg(long, value_enum, default_value_t)]
    pub format: ReportAs,
}

#[derive(Debug, Args)]
pub struct EraseArgs {
    /// the folder that keeps what has happened
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// an identifier, `user_id:u1`, or a value that only one person has
    #[arg(required_unless_present = "replay")]
    pub profile: Option<String>,
    /// erasures that were made before, over a folder that was restored from an older copy
    #[arg(long, value_name = "ERASURES-FILE", conflicts_with = "profile")]
    pub replay: Option<PathBuf>,
}
