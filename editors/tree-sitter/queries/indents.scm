; One level for what stands between a brace and its partner, as `journey fmt` has it.
[
  (enum_declaration) (event_declaration) (source_declaration) (profile_declaration) (identity_declaration)
  (purpose_declaration) (channel_declaration) (message_declaration) (decision_declaration)
  (conversion_declaration) (measure_declaration)
  (fields) (assignments) (offer_members) (journey_body) (block) (wait_arms) (match_arms) (split_arms)
  (migrate) (test_lines) (match) (list) (arguments) (parameters)
  (parenthesized)
] @indent.begin

["}" "]" ")"] @indent.branch @indent.end
(text) @indent.ignore
