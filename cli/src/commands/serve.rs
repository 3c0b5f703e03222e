//! `journey serve`: the live runtime, with a state folder and a configuration. `--new-key` prints a key instead.

use super::run::{kept, load, tell};
use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::kept::Terms;
use crate::serve::config::Config;
use crate::serve::{self, Start, keys};
use crate::terminal;
use journey_runtime::engine::Options;

pub fn run(args: &ServeArgs, coloured: bool) -> Result<(), Failure> {
    if let Some(kind) = args.new_key {
        let kind = kind.name();
        let (key, hash) = keys::new_key(kind)?;
        return terminal::print(&format!(
            "key   {key}\nhash  {hash}\n\nThe hash goes into the configuration, the key to whoever may {kind}:\n\n  \
             {kind}_keys = [{{ name = \"…\", hash = \"{hash}\" }}]\n",
        ));
    }
    let (Some(path), Some(state)) = (&args.path, &args.state) else {
        return Err(Failure::usage(
            "`journey serve` takes PATH and `--state DIR`",
        ));
    };
    let mut config = match &args.config {
        Some(path) => Config::open(path)?,
        None => Config::default(),
    };
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    let given = load::given(path, &args.trust, args.interpret, coloured)?;
    let (actions, letters) = (args.actions.as_deref(), args.dead_letters.as_deref());
    let terms = Terms {
        options: Options::default(),
        interpret: args.interpret,
        deploy: args.deploy,
        now: Some(tell::now_ms()),
        actions: actions.map(kept::out),
        dead_letters: letters.map(kept::out),
    };
    serve::serve(Start {
        config,
        given,
        terms,
        state: state.clone(),
        restored: args.restored,
        outside: kept::outside(actions, letters),
    })
}
