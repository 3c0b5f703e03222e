;;; emacs.el --- Emacs with eglot: opens, is told, completes, renames, formats -*- lexical-binding: t; -*-

;; emacs --batch -Q -L editors/emacs -l emacs.el, with JOURNEY and the project as PROJECT.
(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa") ; where Debian puts them
(package-initialize)
(require 'eglot)
(require 'journey-mode)
(setq journey-command (getenv "JOURNEY") eglot-sync-connect 20 make-backup-files nil create-lockfiles nil)

(defun said (what holds)
  "Wait until HOLDS, which is WHAT."
  (let ((end (+ (float-time) 20)))
    (while (not (funcall holds))
      (when (> (float-time) end) (error "Not within 20 s: %s\n%s" what (buffer-string)))
      (accept-process-output nil 0.05))))

(defun errors ()
  "The errors that are shown."
  (seq-filter (lambda (d) (eq (flymake-diagnostic-type d) 'eglot-error)) (flymake-diagnostics)))

(find-file (expand-file-name "shop.journey" (getenv "PROJECT")))
(unless (eq major-mode 'journey-mode) (error "The mode is %s" major-mode))
(apply #'eglot (eglot--guess-contact))
(flymake-mode 1)
(flymake-start)
(said "a server" #'eglot-current-server)
(search-forward "if not loyal")
(delete-char -2)
(insert "l")
(eglot--signal-textDocument/didChange)
(said "a diagnostic" #'errors)
(delete-char -1)
(let* ((found (eglot-completion-at-point))
       (words (all-completions "loy" (nth 2 found))))
  (unless (seq-some (lambda (word) (string-match-p "loyal" word)) words) (error "Completion offers %S" words)))
(insert "al")
(eglot--signal-textDocument/didChange)
(said "no diagnostic" (lambda () (null (errors))))
(goto-char (point-min))
(search-forward "cart_id: text")
(goto-char (match-beginning 0))
(eglot-rename "basket_id")
(said "the rename" (lambda () (string-match-p "key basket_id" (buffer-string))))
(let ((tidy (buffer-string)))
  (goto-char (point-min))
  (search-forward "event signup")
  (goto-char (match-beginning 0))
  (insert "    ")
  (eglot-format-buffer)
  (unless (equal tidy (buffer-string)) (error "Formatted to\n%s" (buffer-string)))
  ;; our own indentation is the formatter's
  (indent-region (point-min) (point-max))
  (unless (equal tidy (buffer-string)) (error "Indented to\n%s" (buffer-string))))
(save-buffer)
(princ "emacs: opened, mended, completed, renamed, formatted, indented\n")
(kill-emacs 0)
;;; emacs.el ends here
