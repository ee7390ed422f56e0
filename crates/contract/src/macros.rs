//! Macros that turn the suites into tests.

/// Runs every store contract as one `#[tokio::test]` each, on the stores that the fixture creates.
///
/// `$fixture` is an `async fn() -> Stores`; it is called once per test.
#[macro_export]
macro_rules! store_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module events, $fixture, [
            the_first_occurrence_makes_an_error,
            equal_occurrences_get_consecutive_counts,
            a_batch_may_mix_errors_and_projects,
            concurrent_batches_stay_exact,
            a_later_occurrence_reopens_a_resolved_error,
            a_late_occurrence_reopens_nothing,
            the_greatest_timestamp_is_the_latest,
            sights_widen_both_ways,
            a_deleted_error_starts_anew,
            everything_is_stored_whole,
            long_texts_are_stored_whole,
            an_empty_batch_is_fine,
            a_full_batch_is_fine,
        ]);
        $crate::store_contract!(@module dedup, $fixture, [
            a_repeated_event_id_counts_nothing,
            a_repeated_event_id_within_a_batch_counts_once,
            a_repeated_occurrence_id_counts_nothing,
            concurrent_repeats_count_once,
            event_ids_are_remembered_for_a_week,
            a_repeat_beside_new_reports_answers_with_its_errors_state,
            an_event_id_may_be_the_id_of_an_earlier_report,
            concurrent_batches_count_each_event_id_once,
            a_batch_repeated_with_more_counts_the_rest,
            an_event_id_that_outlived_its_error_counts_again,
        ]);
        $crate::store_contract!(@module error_filters, $fixture, [
            each_filter_narrows_the_list,
            words_match_in_any_case_and_order_and_literally,
        ]);
        $crate::store_contract!(@module searches, $fixture, [
            words_are_found_folded,
            an_error_is_found_by_every_occurrence,
            figures_are_those_of_the_matching_occurrences,
            stores_find_what_the_reference_finds,
            pages_of_searches_join,
            a_search_may_name_the_errors,
            candidates_have_something_in_common,
        ]);
        $crate::store_contract!(@module tags, $fixture, [
            tags_count_the_occurrences_that_have_them,
            indexing_again_counts_nothing,
            tags_follow_merge_split_and_deletion,
            tags_of_expired_occurrences_go,
            values_come_in_pages,
            keys_and_values_of_a_scope_are_known,
            concurrent_indexing_counts_once,
            indexing_goes_on_until_nothing_waits,
        ]);
        $crate::store_contract!(@module letters, $fixture, [
            decisions_about_followed_errors_are_untold,
            what_concerns_somebody_is_untold,
            whom_a_changed_comment_mentions_is_to_be_told,
            what_recording_reopens_is_untold,
            what_is_told_is_told_once,
            a_letter_is_given_to_one_caller_at_a_time,
            letters_that_ended_are_removed_later,
        ]);
        $crate::store_contract!(@module errors, $fixture, [
            resolving_is_idempotent,
            unresolving_opens_again,
            bulk_changes_name_what_they_found,
            deleting_takes_everything_along,
            occurrences_come_newest_first_in_pages,
            nothing_outside_the_scope_exists,
            the_latest_occurrence_comes_on_demand,
        ]);
        $crate::store_contract!(@module error_pages, $fixture, [
            cursors_walk_every_order_once,
            offsets_count_from_the_newest,
            pages_span_projects,
            ties_are_broken_by_id,
            a_page_ends_before_it_holds_too_much_text,
            an_error_keeps_the_beginning_of_long_texts,
        ]);
        $crate::store_contract!(@module groups, $fixture, [
            merging_adds_up,
            merged_fingerprints_count_together,
            merging_stays_open_if_either_was,
            a_merged_errors_history_moves_over,
            splitting_undoes_a_merge_exactly,
            what_cannot_be_split_is_said,
            what_cannot_be_merged_is_said,
            merging_during_ingestion_loses_nothing,
            deleting_during_ingestion_keeps_counts_exact,
        ]);
        $crate::store_contract!(@module triage, $fixture, [
            the_same_decision_again_changes_nothing,
            the_nth_occurrence_reopens_exactly_however_many_come_at_once,
            a_repeat_counts_nothing_towards_terms,
            the_nth_new_user_reopens,
            each_occurrence_says_whether_its_batch_reopened_the_error,
            a_release_newer_than_all_known_reopens,
            a_resolved_error_regresses_by_its_release,
            due_errors_are_reopened_once,
            errors_are_assigned_until_the_member_leaves,
            merging_and_splitting_keep_what_was_decided,
            a_system_merge_keeps_the_state_of_the_one_that_stays,
            what_is_recorded_while_ignored_counts_for_no_alert,
            all_occurrences_are_counted_where_asked_for,
        ]);
        $crate::store_contract!(@module triage_recount, $fixture, [
            what_is_decided_and_said_equals_a_model_after_random_operations,
        ]);
        $crate::store_contract!(@module discussion, $fixture, [
            comments_are_kept_oldest_first_and_not_without_end,
            marks_are_each_principals_own,
            what_belongs_to_an_error_moves_and_goes_with_it,
            who_leaves_takes_marks_along,
        ]);
        $crate::store_contract!(@module feedback, $fixture, [
            feedback_is_kept_of_known_events_alone,
            feedback_is_kept_once_and_not_without_end,
            feedback_stays_with_its_event_when_errors_are_merged_and_split,
            feedback_goes_with_its_error,
            feedback_goes_with_its_occurrence,
        ]);
        $crate::store_contract!(@module chunks, $fixture, [
            a_chunk_is_kept_once_by_its_tenant,
            chunks_stay_while_their_bundle_is_worked_on,
            chunks_of_a_tenant_are_summed_up,
            pieces_are_written_replaced_and_removed,
        ]);
        $crate::store_contract!(@module artifacts, $fixture, [
            a_bundle_is_worked_on_by_one_node,
            a_bundle_uploaded_again_is_the_same,
            entries_are_found_in_their_project_alone,
            artifacts_are_listed_filtered_and_removed,
            a_bound_caller_removes_its_own_use_alone,
            what_is_neither_used_nor_uploaded_goes,
            what_waits_for_a_bundle_is_told_of_each_place,
        ]);
        $crate::store_contract!(@module misses, $fixture, [
            what_was_missed_is_given_once_it_comes,
            misses_are_bounded_and_forgotten,
            an_occurrence_is_rewritten_and_counts_as_before,
            an_error_takes_up_a_fingerprint_that_none_has,
        ]);
        $crate::store_contract!(@module jobs, $fixture, [
            a_job_goes_on_step_by_step_to_its_end,
            a_step_is_given_to_one_node_at_a_time,
            many_nodes_take_each_step_once,
            a_job_that_failed_has_no_steps_left,
            old_jobs_are_removed_once_they_ended,
        ]);
        $crate::store_contract!(@module releases, $fixture, [
            a_release_is_known_with_its_first_occurrence,
            a_known_release_stays_as_it_is,
            what_is_announced_replaces_what_was,
            a_project_has_no_more_releases_than_it_may,
            a_version_is_one_release_however_many_say_so_at_once,
            a_removed_release_comes_back_with_its_next_occurrence,
            the_newest_deploys_are_kept_and_listed,
            releases_outside_the_scope_do_not_exist,
        ]);
        $crate::store_contract!(@module release_figures, $fixture, [
            figures_equal_a_recount,
            figures_follow_merge_split_deletion_and_retention,
        ]);
        $crate::store_contract!(@module analytics, $fixture, [
            figures_equal_a_recount_after_random_operations,
            figures_stay_exact_under_concurrent_changes,
            figures_end_at_the_scope,
            the_feed_holds_every_error_newest_first,
        ]);
        $crate::store_contract!(@module breakdowns, $fixture, [
            breakdowns_equal_a_recount_after_random_operations,
            counts_by_release_outlive_occurrences,
            deploys_and_decisions_are_marks,
        ]);
        $crate::store_contract!(@module figures, $fixture, [
            histories_and_counts_equal_a_recount_after_random_operations,
            tallies_stay_exact_under_concurrent_changes,
            counts_of_fingerprints_outlive_roll_ups,
            an_error_has_a_place_in_every_list,
            places_are_counted_to_a_thousand,
            what_waits_is_counted,
        ]);
        $crate::store_contract!(@module occurrences, $fixture, [
            each_occurrence_has_its_place,
            a_search_narrows_the_occurrences,
            expired_occurrences_have_no_place,
            company_shares_minutes,
        ]);
        $crate::store_contract!(@module rbac, $fixture, [
            grants_are_kept_by_level_and_tenant,
            a_grant_in_use_stays,
        ]);
        $crate::store_contract!(@module incidents, $fixture, [
            incidents_are_listed_newest_first,
            incidents_are_listed_by_their_rules,
            an_incidents_history_grows,
            incidents_are_counted_by_status,
            linked_errors_are_followed_and_go,
            incidents_of_a_project_are_its_rules_and_those_of_its_errors_alone,
        ]);
        $crate::store_contract!(@module integrations, $fixture, [
            a_channel_is_set_replaced_tested_and_cleared,
        ]);
        $crate::store_contract!(@module alerts, $fixture, [
            a_rule_is_kept_as_it_is,
            who_changes_a_rule_has_seen_it,
            of_many_that_fire_one_does,
            a_rule_has_one_open_incident,
            a_firing_is_kept_as_it_is,
            a_message_is_given_to_one_and_again_after_patience,
            messages_are_found_and_counted_by_their_status,
        ]);
        $crate::store_contract!(@module rules, $fixture, [
            a_tenant_has_no_more_rules_than_it_may,
            what_evaluations_find_is_written_down,
            the_highest_value_of_an_hour_is_kept,
            overlong_conditions_are_not_loaded,
            firings_are_found_by_their_conditions,
        ]);
        $crate::store_contract!(@module alert_metrics, $fixture, [
            occurrences_are_counted_to_the_second_and_by_kind,
            new_errors_and_regressions_are_counted,
            users_are_counted_once,
            users_are_counted_within_many_windows,
            whatever_a_user_holds_is_counted,
            other_projects_do_not_count,
            no_more_kinds_come_than_are_asked_for,
        ]);
        $crate::store_contract!(@module past_metrics, $fixture, [
            the_past_is_counted_by_second_and_hour,
            the_past_of_users_errors_and_regressions_is_counted,
            no_more_of_the_past_is_read_than_allowed,
        ]);
        $crate::store_contract!(@module retention, $fixture, [
            old_occurrences_go_and_counts_stay,
            a_projects_own_days_count,
            old_counts_go_in_their_turn,
            nothing_young_goes,
        ]);
        $crate::store_contract!(@module retention_records, $fixture, [
            old_records_go_in_steps_and_young_ones_stay,
            what_is_still_needed_stays,
            several_nodes_remove_each_record_once,
        ]);
        $crate::store_contract!(@module resolution_time, $fixture, [
            a_wrong_clock_does_not_spoil_the_mean,
            a_wrong_clock_among_right_ones_does_not_either,
            merged_and_split_errors_keep_their_first_receipt,
        ]);
        $crate::store_contract!(@module samples, $fixture, [
            a_probe_is_stored_once,
            heartbeats_tell_what_was_amiss,
            host_means_are_means,
            a_minute_is_replaced_and_nodes_add_up,
            old_samples_are_forgotten,
            attempts_are_counted_by_tenant,
        ]);
        $crate::store_contract!(@module tenants, $fixture, [
            a_tenant_comes_with_its_project,
            a_slug_is_taken_for_ever,
            tenants_are_listed_renamed_and_put_out_of_sight,
        ]);
        $crate::store_contract!(@module projects, $fixture, [
            project_numbers_are_unique,
            projects_are_changed_and_put_out_of_sight,
        ]);
        $crate::store_contract!(@module project_figures, $fixture, [
            a_projects_figures_are_exact,
            a_project_keeps_its_counts_for_its_own_time,
        ]);
        $crate::store_contract!(@module project_keys, $fixture, [
            a_project_starts_with_one_key,
            a_key_is_found_with_its_project,
            a_public_key_is_unique_in_the_installation,
            what_is_not_accepted_is_not_found,
            keys_are_listed_changed_and_removed,
            the_oldest_enabled_key_is_the_current_one,
            use_never_moves_back,
        ]);
        $crate::store_contract!(@module keys, $fixture, [
            a_key_is_found_by_its_digest,
            a_revoked_key_is_listed_no_more,
            use_never_moves_back,
        ]);
        $crate::store_contract!(@module users, $fixture, [
            a_user_is_found_by_address,
            a_profile_is_kept,
        ]);
        $crate::store_contract!(@module password_resets, $fixture, [
            a_right_is_used_once,
            a_right_ends_with_its_hour,
            a_person_gets_few_rights_an_hour,
            a_change_of_the_password_ends_rights,
        ]);
        $crate::store_contract!(@module sessions, $fixture, [
            a_session_is_found_used_and_ended,
            a_new_password_ends_other_sessions,
            old_sessions_are_forgotten,
        ]);
        $crate::store_contract!(@module members, $fixture, [
            members_are_kept_with_their_persons,
            the_last_keeper_stays_however_many_change_at_once,
        ]);
        $crate::store_contract!(@module invitations, $fixture, [
            one_invitation_to_an_address_is_pending,
            an_invitation_is_accepted_once,
        ]);
        $crate::store_contract!(@module system_users, $fixture, [
            system_users_are_kept_changed_and_removed,
        ]);
        $crate::store_contract!(@module audit, $fixture, [
            entries_are_listed_newest_first,
            entries_are_filtered,
        ]);
        $crate::store_contract!(@module platform, $fixture, [
            maintenance_is_remembered,
        ]);
    };
    (@module $module:ident, $fixture:path, [$($test:ident,)+]) => {
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let fixture = { use super::*; $fixture };
                    $crate::$module::$test(fixture().await).await;
                }
            )+
        }
    };
}
