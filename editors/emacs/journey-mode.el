;;; journey-mode.el --- Journey in Emacs -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1"))

;;; Commentary:

;; Words in colour, indentation by braces, and `journey lsp' for `eglot'.

;;; Code:

(defgroup journey nil "Journeys." :group 'languages)

(defcustom journey-command "journey"
  "The command whose `lsp' is the language server."
  :type 'string)

(defvar journey-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 12" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (modify-syntax-entry ?_ "w" table)
    table))

(defconst journey-font-lock-keywords
  `((,(regexp-opt
       '("enum" "type" "const" "fn" "event" "broadcast" "source" "profile" "identity" "purpose" "audience"
         "channel" "message" "journey" "test" "offer_type" "group" "offer" "model" "decision" "table" "limit"
         "holdout")
       'words)
     . font-lock-keyword-face)
    (,(regexp-opt
       '("and" "or" "not" "in" "between" "contains" "starts" "ends" "matches" "known" "unknown" "if" "then"
         "else" "match" "where" "within" "without" "followed" "since" "any" "no" "all" "count" "sum" "avg"
         "min" "max" "first" "last" "distinct" "top" "decayed" "median" "let" "set" "wait" "send" "decide"
         "emit" "collect" "repeat" "split" "withdraw" "restart" "leave" "again" "expect")
       'words)
     . font-lock-builtin-face)
    ("\\_<\\(true\\|false\\)\\_>" . font-lock-constant-face)
    ("\\_<\\([a-z_][a-z0-9_]*\\):" 1 font-lock-variable-name-face)
    ("\\_<[0-9][0-9_.:TZ-]*%?" . font-lock-constant-face))
  "What is coloured before the server says more.")

(defun journey-indent-line ()
  "Indent the line by the braces that are open before it."
  (interactive)
  (let* ((depth (save-excursion
                  (back-to-indentation)
                  (- (car (syntax-ppss)) (if (looking-at "[])}]") 1 0))))
         (column (* 4 (max 0 depth))))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

;;;###autoload
(define-derived-mode journey-mode prog-mode "Journey"
  "Programs of journeys."
  (setq-local comment-start "// ")
  (setq-local comment-end "")
  (setq-local indent-tabs-mode nil)
  (setq-local indent-line-function #'journey-indent-line)
  (setq-local font-lock-defaults '(journey-font-lock-keywords)))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.journey\\'" . journey-mode))

(defvar eglot-server-programs)
(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               `(journey-mode . ,(lambda (&rest _) (list journey-command "lsp")))))

(provide 'journey-mode)
;;; journey-mode.el ends here
