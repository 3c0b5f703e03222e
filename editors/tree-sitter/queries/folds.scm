; What opens with a brace or a bracket and closes on another line.
[
  (enum_declaration) (event_declaration) (source_declaration) (profile_declaration) (identity_declaration)
  (purpose_declaration) (channel_declaration) (message_declaration) (decision_declaration)
  (conversion_declaration) (measure_declaration)
  (fields) (assignments) (offer_members) (journey_body) (block) (wait_arms) (match_arms) (split_arms)
  (migrate) (test_lines) (match) (list) (arguments) (parameters)
] @fold
(comment)+ @fold
(doc_comment)+ @fold
