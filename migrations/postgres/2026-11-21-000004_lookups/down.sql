ALTER INDEX error_hourly_pkey RESET (deduplicate_items);
ALTER INDEX project_hourly_pkey RESET (deduplicate_items);
ALTER INDEX errors_pkey RESET (deduplicate_items);
