-- Journey in Neovim: files are known, and `journey lsp` is asked about them.
-- `vim.g.journey_command` names the command where it is not on the path.
if vim.g.loaded_journey then
  return
end
vim.g.loaded_journey = true

vim.cmd("autocmd BufRead,BufNewFile *.journey setfiletype journey")

local command = { vim.g.journey_command or "journey", "lsp" }

--- The folder with the `journey.toml` above a file, or the file's own.
local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local manifest = vim.fn.findfile("journey.toml", vim.fn.escape(folder, " ;") .. ";")
  return manifest ~= "" and vim.fn.fnamemodify(manifest, ":p:h") or folder
end

local function settle(buffer)
  vim.bo[buffer].commentstring = "// %s"
  vim.bo[buffer].expandtab = true
  vim.bo[buffer].shiftwidth = 4
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  -- With the parser compiled as README.md says.
  if vim.treesitter and vim.treesitter.start then
    pcall(vim.treesitter.start, buffer, "journey")
  end
end

local group = vim.api.nvim_create_augroup("journey", {})
local clients = {}

--- Before Neovim 0.11: one server for each project.
local function start(buffer)
  local root = root_of(vim.api.nvim_buf_get_name(buffer))
  if vim.lsp.start then
    vim.lsp.start({ name = "journey", cmd = command, root_dir = root })
    return
  end
  local id = clients[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client({
      name = "journey",
      cmd = command,
      root_dir = root,
      workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    })
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

local built_in = vim.fn.has("nvim-0.11") == 1
vim.api.nvim_create_autocmd("FileType", {
  group = group,
  pattern = "journey",
  callback = function(event)
    settle(event.buf)
    if not built_in then
      start(event.buf)
    end
  end,
})
if built_in then
  vim.lsp.config("journey", { cmd = command })
  vim.lsp.enable("journey")
end
