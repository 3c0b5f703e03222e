//! Journey in Zed: starts `journey lsp`, from the settings' path or from where the shell finds it.

use zed_extension_api::settings::LspSettings;
use zed_extension_api::{Command, Extension, LanguageServerId, Result, Worktree, register_extension};

struct Journey;

impl Extension for Journey {
    fn new() -> Self {
        Self
    }

    fn language_server_command(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Command> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree).unwrap_or_default();
        let set = settings.binary.and_then(|binary| binary.path);
        let command = set
            .or_else(|| worktree.which("journey"))
            .ok_or("`journey` is not on the path: install it, or set `lsp.journey.binary.path`")?;
        Ok(Command {
            command,
            args: vec!["lsp".to_owned()],
            env: worktree.shell_env(),
        })
    }
}

register_extension!(Journey);
