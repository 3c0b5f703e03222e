; What the words of the language are. The last pattern that fits a node counts.

(identifier) @variable
(quoted_identifier) @variable

; ── declarations ──
(enum_declaration name: (_) @type)
(enum_declaration value: (_) @constant)
(type_declaration name: (_) @type)
(offer_type_declaration name: (_) @type)
(const_declaration name: (_) @constant)
(function_declaration name: (_) @function)
(model_declaration name: (_) @function)
(decision_declaration name: (_) @function)
(event_declaration name: (_) @type)
(source_declaration name: (_) @namespace format: (_) @constant)
(source_rule target: (_) @type)
(purpose_declaration name: (_) @constant)
(audience_declaration name: (_) @type)
(channel_declaration name: (_) @namespace)
(message_declaration name: (_) @function purpose: (_) @constant)
(journey_declaration name: (_) @function)
(group_declaration name: (_) @type)
(offer_declaration name: (_) @constant type: (_) @type)
(limit_declaration name: (_) @constant)
(holdout_declaration name: (_) @constant)
(table_declaration name: (_) @type)
(conversion_declaration name: (_) @constant)
(measure_declaration name: (_) @constant)
(measured name: (_) @property)
(body channel: (_) @namespace)

; ── members and uses ──
(type (identifier) @type)
(range_type (identifier) @type)
(field name: (_) @property)
(computed_field name: (_) @property)
(identity_key name: (_) @property)
(parameter name: (_) @variable.parameter)
(key_value (label) @property)
(argument name: (_) @variable.parameter)
(wait name: (_) @label)
(path "." (identifier) @property)
(access "." (identifier) @property)
(call function: (path (identifier) @function))
(send name: (_) @label message: (_) @function)
(decide decision: (_) @function)
(emit event: (_) @type)
(start journey: (_) @function)
(happening event: (path (identifier) @type))
(pattern (path . (identifier) @type))
(history (path . (identifier) @type))
(end (identifier) @label)
(split name: (_) @label)
(split_arm name: (_) @label)
(outcome name: (_) @constant)

; ── literals ──
(text) @string
(escape) @string.escape
(regex) @string.regexp
(interpolation "{" @punctuation.special "}" @punctuation.special)
(interpolation (_) @none)
[(integer) (decimal) (percent) (number)] @number
(duration) @number
(unit) @keyword
(currency) @constant
[(time) (date) (clock)] @number
(boolean) @constant.builtin
(weekday) @constant.builtin

; ── words ──
[
  "enum" "type" "const" "fn" "event" "broadcast" "source" "profile" "identity" "purpose" "audience" "channel"
  "message" "journey" "test" "offer_type" "group" "offer" "model" "decision" "table" "limit" "holdout"
  "conversion" "measure"
] @keyword

[
  "if" "then" "else" "match" "split" "repeat" "wait" "until" "past" "timeout" "restart" "end"
  "enter" "reenter" "exit" "goal" "while" "migrate"
] @keyword.control
[(leave) (again)] @keyword.control

[
  "send" "decide" "let" "set" "emit" "mute" "unmute" "start" "withdraw" "collect" "person" "people" "at" "after"
  "assume" "expect" "grant" "revoke" "deploy"
] @keyword

[
  "across" "all" "always" "among" "answer" "any" "as" "avg" "basis" "because" "budget" "by" "calendar" "carries"
  "combined" "consent" "cost" "count" "credit" "day" "days" "dead" "decayed" "decided" "deliver" "distinct" "drop" "each"
  "eligible" "ended" "entry" "env" "every" "expires" "explore" "fault" "file" "first" "followed" "for" "from"
  "gap" "granted" "half" "hold" "identify" "ignore" "including" "keep" "key" "last" "learned" "leaving" "letter"
  "life" "list" "max" "median" "members" "min" "money" "most" "never" "no" "normalise" "of" "on" "only" "open"
  "outcome" "over" "overall" "panes" "per" "pii" "priority" "quiet" "rank" "refused" "request" "rest" "retry"
  "revoked" "salt" "same" "sends" "shared" "since" "skipped" "spread" "sum" "tagged" "tags" "take" "this" "times"
  "to" "top" "unique" "unverified" "up" "valid" "value" "weight" "when" "where" "with" "within" "without" "year"
  "years"
] @keyword

["and" "or" "not" "in" "between" "contains" "starts" "ends" "matches" "known" "unknown" "div" "mod"] @keyword.operator

["==" "!=" "<" "<=" ">" ">=" "=" "=>" "->" "+" "-" "*" "/" "??" "?" ".." "|"] @operator
["," ":" "."] @punctuation.delimiter
["{" "}" "(" ")" "[" "]"] @punctuation.bracket

(comment) @comment
(doc_comment) @comment.documentation
