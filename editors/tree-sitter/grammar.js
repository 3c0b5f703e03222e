/**
 * The Journey language for tree-sitter. It reads characters where the compiler's grammar (grammar/journey.pest)
 * reads kinds of tokens, and accepts every text in which that one finds no mistake.
 *
 * A word of the language is a keyword only where one may stand: `word` gives that for free. Where a keyword and
 * a name may both stand, or one keyword begins two phrases, src/scanner.c looks further ahead, as pest does.
 */

// Words that never are bare names.
const RESERVED = [
  "and", "or", "not", "in", "between", "contains", "starts", "ends", "matches", "known", "unknown", "true",
  "false", "if", "then", "else", "match", "where", "within", "without", "followed", "since", "any", "no",
  "all", "count", "sum", "avg", "min", "max", "first", "last", "distinct", "top", "decayed", "median", "let",
  "set", "wait", "send", "decide", "emit", "collect", "repeat", "split", "withdraw", "restart", "leave",
  "again", "expect",
];

const PREC = {
  open: -1, // phrases that take all that follows: `where`, `else`
  or: 1,
  and: 2,
  not: 3,
  compare: 4,
  coalesce: 5,
  at: 6,
  add: 7,
  multiply: 8,
  unary: 9,
};

const list = (item) => prec.right(seq(item, repeat(seq(",", item))));
const braces = (...members) => seq("{", repeat(seq(choice(...members), optional(","))), "}");

module.exports = grammar({
  name: "journey",

  word: ($) => $.identifier,

  reserved: {
    global: () => RESERVED,
    none: () => [],
  },

  externals: ($) => [
    $.label, // a word before `:`, whatever word
    $._in_window, // `in` before `last N`, `this calendar`, `panes of`
    $._list_in, // `in` before a list: a call, and no range from it
    $._at_clock, // `at` before a time of day or `(`
    $._weekday_clock, // a weekday before a time of day or `(`
    $._avg_gap, // `gap` before a name
    $._years_since, // `years` before `since`
    $._leaving, // `leaving` before what is left
    $._error,
  ],

  extras: ($) => [/[\s\uFEFF]/, $.comment, $.doc_comment],

  supertypes: ($) => [$.expression, $.declaration, $.step],

  inline: ($) => [$._name, $._clock, $._count],

  conflicts: ($) => [
    [$.open_days, $._duration],
    [$.hold],
    [$.identity_key],
    [$.tags],
    [$.expect],
    [$.measured],
    [$.expect_send],
    [$.at],
  ],

  rules: {
    source_file: ($) => repeat($.declaration),

    declaration: ($) =>
      choice(
        $.enum_declaration,
        $.type_declaration,
        $.const_declaration,
        $.function_declaration,
        $.event_declaration,
        $.source_declaration,
        $.profile_declaration,
        $.identity_declaration,
        $.purpose_declaration,
        $.audience_declaration,
        $.channel_declaration,
        $.message_declaration,
        $.journey_declaration,
        $.offer_type_declaration,
        $.group_declaration,
        $.offer_declaration,
        $.model_declaration,
        $.decision_declaration,
        $.limit_declaration,
        $.holdout_declaration,
        $.test_declaration,
        $.table_declaration,
        $.conversion_declaration,
        $.measure_declaration,
      ),

    // ── tokens ────────────────────────────────────────────────────────────────────────────────────────

    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
    quoted_identifier: () => /`[^`\n]+`/,
    currency: () => /[A-Z][A-Z][A-Z]/,
    comment: () => token(/\/\/[^\n]*/),
    doc_comment: () => token(prec(1, /\/\/\/([^\/\n][^\n]*)?/)),
    integer: () => /[0-9][0-9_]*/,
    decimal: () => /[0-9][0-9_]*\.[0-9][0-9_]*/,
    percent: () => /[0-9][0-9_]*(\.[0-9][0-9_]*)?%/,
    date: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}/,
    time: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9][0-9:]*(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?/,
    clock: () => /[0-9][0-9]?:[0-9][0-9](:[0-9][0-9](\.[0-9]+)?)?/,
    regex: () => token(prec(2, /\/([^\/\\\n]|\\[^\n])*\//)),
    boolean: () => choice("true", "false"),
    unit: () =>
      choice(
        "second", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "week", "weeks", "month",
        "months", "year", "years",
      ),
    weekday: () => choice("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),

    text: ($) =>
      seq(
        '"',
        repeat(choice($._text_part, $.escape, $.interpolation)),
        token.immediate('"'),
      ),
    _text_part: () => token.immediate(prec(3, /([^"\\{}\n]|\\[^"\\\n])+|\}|\\/)),
    escape: () => token.immediate(prec(4, choice("{{", "}}", '\\"', "\\\\"))),
    interpolation: ($) => seq(token.immediate(prec(3, "{")), $.expression, "}"),

    _name: ($) => choice($.identifier, $.quoted_identifier),
    _member: ($) => seq(".", choice(reserved("none", $.identifier), $.quoted_identifier)),
    // `file` begins a file's name where one may stand, and is a name everywhere else
    path: ($) => prec.right(seq(choice($._name, alias("file", $.identifier)), repeat($._member))),
    _names: ($) => list($._name),
    key_value: ($) => seq(choice($.label, $.quoted_identifier), ":", choice($.file_reference, $.expression)),
    file_reference: ($) => seq("file", $.text),
    assignments: ($) => braces($.key_value),
    _clock: ($) => choice($.clock, $.parenthesized),
    _count: ($) => choice($.number, $.parenthesized),
    _bound: ($) => seq(optional("-"), $.number),

    // ── types and plain data ──────────────────────────────────────────────────────────────────────────

    enum_declaration: ($) =>
      seq("enum", field("name", $._name), "{", repeat(seq(field("value", $._name), optional(","))), "}"),
    type_declaration: ($) => seq("type", field("name", $._name), $.fields),
    const_declaration: ($) =>
      seq("const", field("name", $._name), optional($._type_note), "=", field("value", $.expression)),
    function_declaration: ($) =>
      seq("fn", field("name", $._name), $.parameters, "->", field("type", $.type), "=",
        field("value", $.expression)),
    event_declaration: ($) =>
      seq(choice("event", "broadcast"), field("name", $._name), braces($.keep, $.field)),
    keep: ($) => seq("keep", $._duration),

    fields: ($) => braces($.field),
    field: ($) =>
      seq(field("name", choice($.label, $.quoted_identifier)), ":", field("type", $.type), optional("pii"),
        optional(seq("=", field("value", $.expression)))),
    _type_note: ($) => seq(":", field("type", $.type)),
    type: ($) =>
      prec.right(seq(choice($.money_type, $.list_type, $.range_type, $._name), repeat("?"))),
    money_type: ($) => seq("money", "<", alias($._name, $.currency), ">"),
    list_type: ($) => seq("list", "<", $.type, ">"),
    range_type: ($) => seq($._name, "in", $._bound, "..", $._bound),
    parameters: ($) => seq("(", optional(list($.parameter)), ")"),
    parameter: ($) => seq(field("name", choice($.label, $.quoted_identifier)), ":", field("type", $.type)),

    // ── source, profile, identity ─────────────────────────────────────────────────────────────────────

    source_declaration: ($) =>
      seq("source", field("name", $._name), "from", field("format", $._name), braces($.identify, $.source_rule)),
    identify: ($) => seq("identify", $.assignments),
    source_rule: ($) =>
      seq(optional(seq("when", $.expression)), "=>", field("target", choice("profile", $._name)),
        optional($.rule_each), $.assignments),
    rule_each: ($) => seq("each", field("name", $._name), "in", $.expression),
    profile_declaration: ($) => seq("profile", braces($.computed_field, $.field)),
    computed_field: ($) =>
      seq("let", field("name", $._name), optional($._type_note), "=", field("value", $.expression)),
    identity_declaration: ($) => seq("identity", braces($.ignore, $.identity_key)),
    ignore: ($) => seq("ignore", list($.text)),
    identity_key: ($) =>
      seq(field("name", $._name), choice("unique", $.shared), optional(seq(optional(","), $.normalise))),
    shared: ($) => seq("shared", "by", "at", "most", $.number),
    normalise: ($) => seq("normalise", $._name),

    // ── purposes, audiences, channels, messages ───────────────────────────────────────────────────────

    purpose_declaration: ($) =>
      seq("purpose", field("name", $._name), braces($.consent, $.basis, $.consent_rule, $.hold)),
    consent: ($) => seq("consent", $._name),
    basis: ($) => seq("basis", $._name),
    consent_rule: ($) => seq(choice("granted", "revoked"), "by", $._patterns, optional($._for_names)),
    hold: ($) =>
      seq("hold", "while", $.expression, optional(seq(optional(","), $.hold_drop)),
        optional(seq(optional(","), $.hold_spread))),
    hold_drop: ($) => seq("drop", "after", $._duration),
    hold_spread: ($) => seq("spread", "over", $._duration),
    _for_names: ($) => seq("for", $._names),

    audience_declaration: ($) =>
      seq("audience", field("name", $._name), "=", field("value", $.expression)),

    channel_declaration: ($) =>
      seq("channel", field("name", $._name),
        braces($.to, $.quiet, $.open_hours, $.limit, $.outcomes, $.answers, $.cost, $.carries, $.deliver,
          $.retry)),
    to: ($) => seq("to", $.expression),
    quiet: ($) => seq("quiet", $._clock, "to", $._clock, optional($._for_names)),
    open_hours: ($) =>
      seq("open", optional(list($.open_range)), $._clock, "to", $._clock, optional(seq("in", $.text))),
    open_range: ($) => seq($.weekday, optional(seq("to", $.weekday))),
    limit: ($) => seq("limit", $._limit),
    _limit: ($) =>
      seq($._count, "per", $._window, optional(seq("per", $._name)), optional(seq("across", $._names)),
        optional("overall"), optional(choice($._for_tagged, $._for_names)), optional(seq("else", "wait"))),
    _for_tagged: ($) => seq("for", "tagged", $._names),
    _window: ($) => choice($.calendar, $._duration),
    calendar: ($) => seq("calendar", $.unit),
    outcomes: ($) => seq("outcome", list($.outcome)),
    outcome: ($) => seq(field("name", $._name), optional("unverified"), optional($.fields)),
    answers: ($) => seq("answer", list($.outcome), "within", choice($.open_days, $._duration)),
    open_days: ($) => seq(choice($.integer, $.decimal, $.parenthesized), "open", choice("day", "days")),
    cost: ($) => seq("cost", $.expression),
    carries: ($) => seq("carries", $.fields),
    retry: ($) => seq("retry", $._name, optional($._duration)),
    deliver: ($) =>
      seq("deliver", choice(
        seq("on", "request"),
        seq(choice($._name, alias("on", $.identifier)), optional(choice(seq("env", $.text), $.text))),
      )),

    message_declaration: ($) =>
      seq("message", field("name", $._name), optional($.parameters), "for", field("purpose", $._name),
        optional($._tagged), braces($.expires, $.answers, $.body)),
    _tagged: ($) => seq("tagged", $._names),
    body: ($) => seq(field("channel", $._name), $.assignments),
    expires: ($) => seq("expires", "after", $._duration),

    // ── offers, models, decisions ─────────────────────────────────────────────────────────────────────

    offer_type_declaration: ($) => seq("offer_type", field("name", $._name), $.fields),
    group_declaration: ($) => seq("group", field("name", $._name), $.offer_members),
    offer_declaration: ($) =>
      seq("offer", field("name", $._name), ":", field("type", $._name), optional(seq("in", $._names)),
        $.offer_members),
    offer_members: ($) =>
      braces($.eligible, $.offer_value, $.offer_weight, $.cost, $.priority, $.offer_limit, $.budget, $.rest,
        $.valid, $.tags, $.key_value),
    eligible: ($) => seq("eligible", "when", $.expression),
    offer_value: ($) => seq("value", $.expression),
    offer_weight: ($) => seq("weight", $.expression),
    offer_limit: ($) => seq("limit", $._count, "per", $._window, optional("overall")),
    budget: ($) => seq("budget", $._count, "per", $._window),
    rest: ($) =>
      seq("rest", $._duration, "after", $._count, $._name, optional(seq("without", $._name))),
    valid: ($) => seq("valid", $._date, "to", $._date),
    _date: ($) => choice($.date, $.parenthesized),
    tags: ($) => seq("tags", $._name, repeat(seq(",", $._name))),

    model_declaration: ($) =>
      seq("model", field("name", $._name), optional(seq("(", "offer", ")")), "->", field("type", $.type),
        choice($.learned, $.model_file, seq("=", field("value", $.expression)))),
    learned: ($) => seq("learned", "from", $._name, optional(seq("by", $._names))),
    model_file: ($) => seq("from", $.text, $.assignments),

    decision_declaration: ($) =>
      seq("decision", field("name", $._name), optional($.parameters), "->", field("type", $.type),
        braces($.among, $.only_when, $.rank, $.explore, $.decision_outcomes, $.decision_else, $.hold_for,
          $.salt)),
    among: ($) => seq("among", choice(seq("all", "tagged", $._names), $._names)),
    only_when: ($) => seq("only", "when", $.expression),
    rank: ($) => seq("rank", "by", $.expression),
    explore: ($) => seq("explore", $.number),
    decision_outcomes: ($) => seq("outcome", list($.decision_outcome)),
    decision_outcome: ($) =>
      seq(field("name", $._name), optional(seq("on", $.pattern, optional($.within)))),
    decision_else: ($) => seq("else", $._name),
    hold_for: ($) => seq("hold", $._duration),

    limit_declaration: ($) => seq("limit", field("name", $._name), $._limit),
    holdout_declaration: ($) =>
      seq("holdout", field("name", $._name), $.number, $._for_tagged, optional($.salt)),

    // ── measurement ───────────────────────────────────────────────────────────────────────────────────

    conversion_declaration: ($) =>
      seq("conversion", field("name", $._name), "on", $.pattern, optional(seq("value", $.expression)),
        braces($.credit)),
    credit: ($) => seq("credit", list($.path), $.within),
    measure_declaration: ($) => seq("measure", field("name", $._name), braces($.measured)),
    measured: ($) => seq(field("name", choice($.label, $.quoted_identifier)), ":", $.pattern, repeat(seq(",", $.pattern))),

    // ── journeys ──────────────────────────────────────────────────────────────────────────────────────

    journey_declaration: ($) => seq("journey", field("name", $._name), $.journey_body),
    journey_body: ($) =>
      braces($.enter, $.reenter, $.while, $.exit, $.goal, $.holdout, $.priority, $.salt, $.migrate, $.step),

    enter: ($) =>
      seq("enter",
        choice(
          seq("on", "start", optional($.parameters)),
          seq("on", $.pattern, optional($.take)),
          seq("when", optional(alias($._leaving, "leaving")), $.expression, optional(seq("for", $._duration)),
            optional(seq("including", "members"))),
          seq("every", choice(seq("year", "on", $.path), $._name, "year"), "at", $._clock,
            optional(seq("when", $.expression))),
        )),
    take: ($) => seq("take", $.expression, optional(seq("by", $._name))),
    reenter: ($) =>
      seq("reenter", choice("never", "always", seq("after", $._duration, optional(seq("from", "entry"))))),
    while: ($) => seq("while", $.expression),
    exit: ($) => seq("exit", "on", $._patterns, optional($.block)),
    goal: ($) =>
      seq("goal", "on", $._patterns, optional(seq($.within, optional(seq("of", "last", "send"))))),
    holdout: ($) => prec.right(seq("holdout", $.number, optional($.salt))),
    priority: ($) => seq("priority", choice($._bound, $.parenthesized)),
    salt: ($) => seq("salt", $.text),
    migrate: ($) => seq("migrate", "from", $.text, braces($.migrate_arm)),
    migrate_arm: ($) =>
      prec.right(seq($._name, "=>",
        choice(seq("end", optional($._name)), seq($._name, optional($.assignments))))),

    _patterns: ($) => list($.pattern),
    pattern: ($) =>
      prec.right(seq($.path, optional($.where), optional($.each), optional(choice($.any_key, $.key)),
        optional($.since_enter), optional($.bind))),
    where: ($) => prec.right(PREC.open, seq("where", $.expression)),
    each: ($) => seq("each", field("name", $._name), "in", $._call),
    any_key: () => seq("any", "key"),
    key: ($) => seq("key", $.path),
    since_enter: () => seq("since", "enter"),
    bind: ($) => seq("as", field("name", $._name)),
    within: ($) => seq("within", $._duration),

    // ── steps ─────────────────────────────────────────────────────────────────────────────────────────

    block: ($) => braces($.step),

    step: ($) =>
      choice(
        $.wait, $.if_step, $.match_step, $.split, $.send, $.let, $.set, $.emit, $.repeat, $.leave, $.again,
        $.restart, $.end, $.decide, $.mute, $.unmute, $.start, $.withdraw, $.collect,
      ),

    wait: ($) =>
      prec.right(seq("wait", optional(seq(field("name", choice($.label, $.quoted_identifier)), ":")),
        choice(
          seq("until", choice(seq(alias($._weekday_clock, $.weekday), $._clock), $.expression),
            optional(seq("past", $.block))),
          $._wait_for,
          seq("up", "to", $._duration, $._wait_for),
          $._duration,
        ))),
    _wait_for: ($) =>
      seq("for", choice($.wait_arms, seq(field("step", $._name), $.wait_arms), $.pattern)),
    wait_arms: ($) => braces($.wait_arm),
    wait_arm: ($) => seq(choice("timeout", $.pattern), "=>", $.block),

    if_step: ($) =>
      seq("if", field("condition", $.expression), $.block,
        repeat(seq("else", "if", field("condition", $.expression), $.block)),
        optional(seq("else", $.block))),
    match_step: ($) => seq("match", field("value", $.expression), $.match_arms),
    match_arms: ($) => braces($.match_arm),
    match_arm: ($) => seq($._value_patterns, "=>", $.block),
    _value_patterns: ($) => seq($.value_pattern, repeat(seq("|", $.value_pattern))),
    value_pattern: ($) =>
      choice("unknown", "else", seq($._bound, optional(seq("..", $._bound))), $.text, $.time, $.date, $.clock,
        $.boolean, $.path),

    split: ($) => seq("split", field("name", $._name), optional($.salt), $.split_arms),
    split_arms: ($) => braces($.split_arm),
    split_arm: ($) => seq(field("name", $._name), $.number, "=>", $.block),

    send: ($) =>
      seq("send", optional(seq(field("name", $._name), "=")), field("message", $._name), optional($.arguments),
        "by", choice(seq("first", "of", $._names), $._name), optional($.combined),
        optional(seq("else", $.block))),
    combined: ($) => seq("combined", optional($.within), optional($.bind)),
    decide: ($) =>
      seq("decide", field("name", $._name), "=", field("decision", $._name), optional($.arguments)),
    let: ($) =>
      seq("let", field("name", $._name), optional($._type_note), "=", field("value", $.expression)),
    set: ($) => seq("set", $.path, "=", field("value", $.expression)),
    emit: ($) =>
      prec.right(seq("emit", field("event", $._name), optional($.assignments),
        optional(seq("to", $._name, $.parenthesized)))),
    mute: ($) => seq("mute", $._name, "for", $._duration),
    unmute: ($) => seq("unmute", $._name),
    start: ($) => seq("start", field("journey", $._name), optional($.arguments)),
    withdraw: ($) => seq("withdraw", $._name),
    collect: ($) => seq("collect", $.pattern, "up", "to", $._duration, "at", "most", $._count, $.bind),
    repeat: ($) =>
      seq("repeat", optional(seq("every", $._duration)), "up", "to", $._count, "times", optional($.while),
        $.block),
    leave: () => "leave",
    again: () => "again",
    restart: ($) => seq("restart", optional(seq("at", "most", $._count, "times"))),
    end: ($) => prec.right(seq("end", optional($._name))),

    // ── tests ─────────────────────────────────────────────────────────────────────────────────────────

    test_declaration: ($) => seq("test", field("name", $.text), $.test_lines),
    test_lines: ($) =>
      braces($.person, $.people, $.at, $.after, $.until, $.assume, $.expect, $._happening),
    person: ($) => seq("person", field("name", $._name), $.test_lines),
    people: ($) => seq("people", $.number, $.assignments),
    at: ($) =>
      choice(
        seq("at", $.expression),
        prec.dynamic(2, seq("at", $.expression, optional($._who), $._happening)),
      ),
    after: ($) => prec.right(seq("after", $._duration, optional(seq(optional($._who), $._happening)))),
    until: ($) => seq("until", $.expression),
    _who: ($) => seq(choice($.label, $.quoted_identifier), ":"),
    assume: ($) =>
      seq("assume", choice("split", $._name), $.path, optional("="), choice("in", $._name)),
    _happening: ($) => choice($.set_profile, $.grant, $.revoke, $.deploy, $.happening),
    set_profile: ($) => seq("profile", $.assignments),
    grant: ($) => seq("grant", $._name, optional($._for_names)),
    revoke: ($) => seq("revoke", $._name, optional($._for_names)),
    deploy: ($) => seq("deploy", choice("this", seq($.text, "from", $.text))),
    happening: ($) =>
      prec.right(seq(field("event", $.path), optional($.assignments), optional(seq("with", $.assignments)))),

    expect: ($) =>
      seq("expect",
        choice(
          seq("no", "send"),
          seq("no", "conversion", $._name),
          seq("conversion", $._name, optional(seq("value", $.expression)), optional($.expect_at)),
          seq($.number, "sends"),
          $.expect_send,
          seq("skipped", $._name, optional(seq("because", $._name))),
          seq("emit", $._name, optional($.expect_at)),
          seq(optional("not"), "in", "audience", $._name),
          seq($.expect_inside, optional($.expect_step)),
          seq("ended", $._name, optional(seq("as", $._name))),
          seq("refused", $._name, optional(seq("because", $._name))),
          seq("fault", $._name),
          seq("dead", "letter"),
          seq("decided", $._name, choice("==", "!="), choice("unknown", $._name)),
          $.expression,
        ),
        repeat(choice(seq("for", $._name), seq("key", $.expression)))),
    expect_inside: ($) => prec(1, seq(optional(choice($.number, "not")), "in", $._name)),
    expect_send: ($) =>
      seq("send", $._name, optional(seq("by", $._name)), optional($.expect_at),
        optional(seq("with", $.content_test, repeat(seq(choice(",", "and"), $.content_test))))),
    expect_at: ($) => prec.dynamic(1, seq("at", $.expression)),
    expect_step: ($) => prec.dynamic(1, seq("at", $._name)),
    content_test: ($) =>
      prec(PREC.compare, seq($._name, $.comparison, $.expression)),

    // ── reference data ────────────────────────────────────────────────────────────────────────────────

    table_declaration: ($) =>
      seq("table", field("name", $._name), "key", $._name, $.fields, "from", $.text),

    // ── expressions ───────────────────────────────────────────────────────────────────────────────────

    expression: ($) =>
      choice(
        $.or, $.and, $.not, $.compare, $.binary, $.unary, $.path, $.call, $.access, $.parenthesized, $.number,
        $.text, $.time, $.date, $.clock, $.boolean, $.list, $.list_query, $.history, $.if, $.match,
      ),

    or: ($) => prec.left(PREC.or, seq($.expression, "or", $.expression)),
    and: ($) => prec.left(PREC.and, seq($.expression, "and", $.expression)),
    not: ($) => prec(PREC.not, seq("not", $.expression)),
    comparison: () =>
      choice("==", "!=", "<", "<=", ">", ">=", "contains", seq("starts", "with"), seq("ends", "with")),
    compare: ($) =>
      prec.right(PREC.compare,
        seq($.expression,
          choice(
            seq($.comparison, $.expression),
            seq(optional("not"), "in", $.expression, optional(seq("..", $.expression))),
            seq("between", $.expression, prec(PREC.compare, "and"), $.expression),
            seq("matches", $.regex),
          ))),
    binary: ($) =>
      choice(
        prec.left(PREC.coalesce, seq($.expression, "??", $.expression)),
        prec.left(PREC.at, seq($.expression, alias($._at_clock, "at"), $.expression)),
        prec.left(PREC.add, seq($.expression, choice("+", "-"), $.expression)),
        prec.left(PREC.multiply, seq($.expression, choice("*", "/", "div", "mod"), $.expression)),
      ),
    unary: ($) =>
      prec(PREC.unary, seq(choice("-", "known", "unknown", seq(alias($._years_since, "years"), "since")), $.expression)),

    number: ($) =>
      choice($.percent, prec.right(seq(choice($.integer, $.decimal), optional(choice($._unit, $.currency))))),
    _unit: ($) => seq(optional("calendar"), $.unit),
    _duration: ($) => choice($.duration, $.parenthesized),
    duration: ($) => seq(choice($.integer, $.decimal), $._unit),
    list: ($) => seq("[", optional(list($.expression)), "]"),
    parenthesized: ($) => seq("(", $.expression, ")"),
    call: ($) => seq(field("function", $.path), $.arguments),
    access: ($) => prec.right(seq(choice($.call, $.parenthesized), repeat1($._member))),
    _call: ($) => choice($.path, $.call, $.access),
    arguments: ($) => seq("(", optional(list($.argument)), ")"),
    argument: ($) =>
      seq(optional(seq(field("name", choice($.label)), ":")), $.expression),
    if: ($) =>
      prec.right(PREC.open, seq("if", $.expression, "then", $.expression, "else", $.expression)),
    match: ($) =>
      seq("match", field("value", $.expression), "{",
        repeat(seq($.expression_arm, ",")), optional($.expression_arm), "}"),
    expression_arm: ($) => seq($._value_patterns, "=>", $.expression),

    // ── histories and list queries ────────────────────────────────────────────────────────────────────

    aggregate: () =>
      choice("any", "no", "all", "count", "sum", "avg", "min", "max", "first", "last", "distinct", "top"),
    list_query: ($) =>
      prec.right(seq($.aggregate, $.path, alias($._list_in, "in"), $._call, optional($.where))),
    history: ($) =>
      prec.right(PREC.open,
        choice(
          seq(choice(seq("decayed", choice("sum", "count")), seq("median", "gap"),
            seq("avg", alias($._avg_gap, "gap"))),
            $.path, optional($.where), optional($.half_life), optional($.history_window), optional($.panes)),
          seq($.aggregate, $.path, optional($.where), optional($.sequence), optional($.up_to),
            optional($.history_window), optional($.panes), optional($.up_to)),
        )),
    half_life: ($) => seq("half", "life", $._duration),
    sequence: ($) =>
      prec.right(seq(choice(seq("followed", "by"), "without"), $.path, optional($.where), optional($.within),
        optional(seq("same", $.path)))),
    up_to: ($) => seq("up", "to", $._count),
    history_window: ($) =>
      choice(
        seq(alias($._in_window, "in"), choice(seq("last", $._duration), seq("this", $.calendar))),
        seq("since", choice("enter", $.time, $.date, $.clock, $._call, $.parenthesized)),
      ),
    panes: ($) => seq(alias($._in_window, "in"), "panes", "of", $._duration),
  },
});
