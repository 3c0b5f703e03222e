-- What `vim.lsp.config` reads in Neovim 0.11 and newer.
return {
  cmd = { "journey", "lsp" },
  filetypes = { "journey" },
  root_markers = { "journey.toml" },
}
