// Where the parser cannot tell by one token: this looks further, as the compiler's grammar does. It keeps no
// state, and ends every token after its first word.
#include "tree_sitter/parser.h"

#include <string.h>

enum Token { LABEL, IN_WINDOW, LIST_IN, AT_CLOCK, WEEKDAY_CLOCK, AVG_GAP, YEARS_SINCE, LEAVING, ERROR };

enum { LONGEST = 16 };

void *tree_sitter_journey_external_scanner_create(void) { return NULL; }
void tree_sitter_journey_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_journey_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}
void tree_sitter_journey_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}

static bool is_space(int32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == 0xFEFF;
}

static bool is_digit(int32_t c) { return c >= '0' && c <= '9'; }

static bool is_head(int32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

static bool is_word(int32_t c) { return is_head(c) || is_digit(c); }

// Past white space and comments; false where something else begins with a slash.
static bool skip_trivia(TSLexer *lexer, bool leading) {
    for (;;) {
        if (is_space(lexer->lookahead)) {
            lexer->advance(lexer, leading);
        } else if (lexer->lookahead == '/' && !leading) {
            lexer->advance(lexer, false);
            if (lexer->lookahead != '/') return false;
            while (lexer->lookahead != '\n' && !lexer->eof(lexer)) lexer->advance(lexer, false);
        } else {
            return true;
        }
    }
}

// Reads a word; one that is longer than every keyword is cut.
static void read_word(TSLexer *lexer, char word[LONGEST]) {
    unsigned length = 0;
    while (is_word(lexer->lookahead)) {
        if (length + 1 < LONGEST) word[length++] = (char)lexer->lookahead;
        lexer->advance(lexer, false);
    }
    word[length] = '\0';
}

static bool is_one_of(const char *word, const char *const *words) {
    for (; *words; words++) {
        if (strcmp(word, *words) == 0) return true;
    }
    return false;
}

static const char *const WEEKDAYS[] = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL,
};

// What follows a name that is still one, and no `leaving`.
static const char *const AFTER_NAME[] = {
    "for", "including", "and", "or", "in", "between", "contains", "starts", "ends", "matches", "div", "mod",
    "at", "wait", "match", "split", "send", "let", "set", "emit", "repeat", "leave", "again", "restart", "end",
    "decide", "collect", "withdraw", "mute", "unmute", "start", "enter", "reenter", "while", "exit", "goal",
    "holdout", "priority", "salt", "migrate", NULL,
};

// `12:30`: a time of day.
static bool at_clock(TSLexer *lexer) {
    if (lexer->lookahead == '(') return true;
    if (!is_digit(lexer->lookahead)) return false;
    lexer->advance(lexer, false);
    if (is_digit(lexer->lookahead)) lexer->advance(lexer, false);
    return lexer->lookahead == ':';
}

// `last 3`, `last (`, `this calendar`, `panes of`: after the first of the words.
static bool at_window(TSLexer *lexer, const char *first) {
    if (strcmp(first, "last") == 0) return is_digit(lexer->lookahead) || lexer->lookahead == '(';
    bool this_one = strcmp(first, "this") == 0;
    if (!this_one && strcmp(first, "panes") != 0) return false;
    char word[LONGEST];
    read_word(lexer, word);
    return strcmp(word, this_one ? "calendar" : "of") == 0;
}

// Past a parenthesis and all that it holds.
static void skip_parenthesis(TSLexer *lexer) {
    unsigned depth = 0;
    do {
        if (lexer->lookahead == '(') depth++;
        if (lexer->lookahead == ')') depth--;
        lexer->advance(lexer, false);
    } while (depth > 0 && !lexer->eof(lexer));
}

// A path or a call from its first word on, and no `..` after it.
static bool at_list(TSLexer *lexer, const char *first) {
    char word[LONGEST];
    if (*first == '\0') {
        if (lexer->lookahead != '`') return false;
        do lexer->advance(lexer, false);
        while (lexer->lookahead != '`' && !lexer->eof(lexer));
        lexer->advance(lexer, false);
        if (!skip_trivia(lexer, false)) return true;
    }
    for (;;) {
        if (lexer->lookahead == '(') {
            skip_parenthesis(lexer);
        } else if (lexer->lookahead == '.') {
            lexer->advance(lexer, false);
            if (lexer->lookahead == '.') return false;
            if (!skip_trivia(lexer, false)) return true;
            if (lexer->lookahead == '`') return true;
            read_word(lexer, word);
        } else {
            return true;
        }
        if (!skip_trivia(lexer, false)) return true;
    }
}

// After `leaving`: what is left, and no sign that it is a name.
static bool at_left(TSLexer *lexer) {
    char word[LONGEST];
    int32_t c = lexer->lookahead;
    if (is_digit(c) || c == '(' || c == '"' || c == '`' || c == '[') return true;
    if (!is_head(c)) return false;
    read_word(lexer, word);
    if (strcmp(word, "not") == 0) {
        if (!skip_trivia(lexer, false)) return true;
        read_word(lexer, word);
        return strcmp(word, "in") != 0;
    }
    return !is_one_of(word, AFTER_NAME);
}

bool tree_sitter_journey_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    if (valid[ERROR]) return false;
    skip_trivia(lexer, true);
    if (!is_head(lexer->lookahead)) return false;
    char word[LONGEST];
    read_word(lexer, word);
    lexer->mark_end(lexer);
    if (!skip_trivia(lexer, false)) return false;
    if (valid[LABEL] && lexer->lookahead == ':') {
        lexer->result_symbol = LABEL;
    } else if ((valid[IN_WINDOW] || valid[LIST_IN]) && strcmp(word, "in") == 0) {
        char next[LONGEST];
        read_word(lexer, next);
        if (!skip_trivia(lexer, false)) return false;
        if (at_window(lexer, next)) {
            lexer->result_symbol = IN_WINDOW;
            return valid[IN_WINDOW];
        }
        if (!valid[LIST_IN] || !at_list(lexer, next)) return false;
        lexer->result_symbol = LIST_IN;
    } else if (valid[AT_CLOCK] && strcmp(word, "at") == 0) {
        if (!at_clock(lexer)) return false;
        lexer->result_symbol = AT_CLOCK;
    } else if (valid[WEEKDAY_CLOCK] && is_one_of(word, WEEKDAYS)) {
        if (!at_clock(lexer)) return false;
        lexer->result_symbol = WEEKDAY_CLOCK;
    } else if (valid[AVG_GAP] && strcmp(word, "gap") == 0) {
        if (!is_head(lexer->lookahead) && lexer->lookahead != '`') return false;
        lexer->result_symbol = AVG_GAP;
    } else if (valid[YEARS_SINCE] && strcmp(word, "years") == 0) {
        read_word(lexer, word);
        if (strcmp(word, "since") != 0) return false;
        lexer->result_symbol = YEARS_SINCE;
    } else if (valid[LEAVING] && strcmp(word, "leaving") == 0) {
        if (!at_left(lexer)) return false;
        lexer->result_symbol = LEAVING;
    } else {
        return false;
    }
    return true;
}
