-- Neovim, as Debian has it, with our settings: opens a project, sees what is wrong, completes, renames, formats.
-- nvim --headless -n -i NONE -u NONE --cmd "set rtp+=editors/neovim" -S neovim.lua, with JOURNEY and the project as PROJECT.

local function fail(message)
  io.stderr:write("neovim: " .. message .. "\n")
  vim.cmd("cquit 1")
end

local function eventually(what, holds)
  if not vim.wait(20000, holds, 20) then
    fail("not within 20 s: " .. what .. "\n" .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n"))
  end
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n")
end

local function go(words, offset)
  vim.fn.cursor(1, 1)
  if vim.fn.search("\\V" .. words, "cW") == 0 then
    fail("no `" .. words .. "`")
  end
  local place = vim.api.nvim_win_get_cursor(0)
  vim.api.nvim_win_set_cursor(0, { place[1], place[2] + (offset or 0) })
end

local function errors()
  return vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR })
end

local function checked()
  vim.g.journey_command = os.getenv("JOURNEY")
  vim.cmd("filetype plugin on")
  vim.cmd("runtime plugin/journey.lua")
  vim.cmd("edit " .. os.getenv("PROJECT") .. "/shop.journey")
  if vim.bo.filetype ~= "journey" then
    fail("the file is a `" .. vim.bo.filetype .. "`")
  end
  eventually("a client", function()
    return vim.lsp.buf_get_clients(0)[1] ~= nil
  end)

  -- what is wrong is told, and goes when it is mended
  local line = vim.fn.search("if not loyal", "n")
  local right = vim.fn.getline(line)
  vim.fn.setline(line, (right:gsub("loyal", "loyl")))
  eventually("a diagnostic", function()
    return #errors() == 1 and errors()[1].message:find("loyl") ~= nil
  end)
  vim.fn.setline(line, right)
  eventually("no diagnostic", function()
    return #errors() == 0
  end)

  -- completes, by <C-x><C-o>
  vim.fn.setline(line, (right:gsub("loyal", "loy")))
  go("if not loy", #"if not loy" - 1)
  local keys = function(keys, mode)
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), mode, false)
  end
  local timer, tries = vim.loop.new_timer(), 0
  timer:start(50, 50, vim.schedule_wrap(function()
    tries = tries + 1
    local items = vim.fn.complete_info({ "items" }).items
    if not vim.g.completed and (#items > 0 or tries > 400) then
      vim.g.completed = items
      timer:stop()
      keys("<C-e><Esc>", "t")
    end
  end))
  keys("a<C-x><C-o>", "tx!")
end

local function after_completion()
  local words = vim.tbl_map(function(item)
    return item.word
  end, vim.g.completed or {})
  if not vim.tbl_contains(words, "loyal") then
    fail("completion offers " .. vim.inspect(words))
  end
end

local function changed()
  vim.cmd("stopinsert")
  vim.fn.setline(vim.fn.search("if not loy", "n"), "    if not loyal { send reminder = cart_reminder(entry) by email }")
  eventually("no diagnostic", function()
    return #errors() == 0
  end)

  -- renames, everywhere
  go("cart_id: text")
  vim.lsp.buf.rename("basket_id")
  eventually("the rename", function()
    return text():find("key basket_id", 1, true) ~= nil and not text():find("cart_id", 1, true)
  end)

  -- formats
  local tidy = text()
  go("event signup")
  vim.cmd("normal! 0i    ")
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = 20000 })
  else
    vim.lsp.buf.formatting_sync(nil, 20000)
  end
  if text() ~= tidy then
    fail("formatted to\n" .. text())
  end
  vim.cmd("write")

  -- hovers
  go("if not loyal", #"if not ")
  local place = vim.lsp.util.make_position_params()
  local found = vim.lsp.buf_request_sync(0, "textDocument/hover", place, 20000)
  if not vim.inspect(found):find("orders_90d") then
    fail("hover says " .. vim.inspect(found))
  end
  print("neovim: opened, mended, completed, renamed, formatted, hovered\n")
  vim.cmd("quitall!")
end

local ok, why = pcall(function()
  checked()
  eventually("completion", function()
    return vim.g.completed ~= nil
  end)
  after_completion()
  changed()
end)
if not ok then
  fail(tostring(why))
end
