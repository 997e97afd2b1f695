"""What runs, streams and threads mean, row by row, and the tests that hold the API to that."""

from collections.abc import Mapping
from typing import Final

from tests.langgraph.rows import Tests

SEMANTICS: Final[Mapping[str, Mapping[str, Tests]]] = {
    "§2.1": {
        "framing": ("test_post_threads_id_runs_stream_is_framed_as_clients_expect_it",),
        "heartbeats": ("test_heartbeats_come_while_nothing_else_does",),
        "metadata first": ("test_the_first_event_is_metadata",),
        "the end": ("test_the_status_is_final_before_the_stream_ends",),
        "ids": ("test_a_finished_resumable_run_is_told_again_from_the_start",),
    },
    "§2.2": {
        "default": ("test_no_mode_means_values", "test_the_default_mode_is_values"),
        "order": ("test_several_modes_come_in_the_order_in_which_things_happen",),
        "values": (
            "test_values_are_the_whole_state_after_each_step",
            "test_the_stream_tells_of_an_interrupt_in_values_and_updates",
        ),
        "updates": (
            "test_updates_are_what_each_node_wrote",
            "test_what_stops_before_a_node_asks_nothing",
        ),
        "messages-tuple": ("test_messages_tuple_gives_tokens_with_metadata",),
        "messages": (
            "test_messages_gives_the_message_so_far",
            "test_messages_that_are_not_streamed_are_complete",
            "test_messages_so_far_have_one_name_wherever_they_are_said",
        ),
        "custom": ("test_custom_is_what_a_node_tells",),
        "debug and checkpoints": ("test_checkpoints_and_debug_tell_of_every_checkpoint",),
        "tasks": ("test_tasks_begin_and_end",),
        "events": ("test_events_are_those_of_langchain",),
        "tools and lifecycle": ("test_several_modes_interleave_in_the_order_of_their_making",),
        "feedback": ("test_feedback_keys_and_the_older_durability_are_known",),
        "what a message is": ("test_messages_are_plain_objects_however_they_came_in",),
    },
    "§2.3": {
        "names": (
            "test_subgraphs_are_told_of_only_if_asked_for",
            "test_with_subgraphs_it_comes_piece_by_piece_from_where_it_is_said",
        ),
        "without": ("test_without_subgraphs_what_a_model_says_in_one_comes_once_and_whole",),
        "joins": ("test_a_join_can_choose_modes_and_keeps_subgraphs",),
    },
    "§2.4": {
        "interrupts": ("test_an_interrupt_ends_the_run_with_success_and_the_thread_waits",),
    },
    "§2.5": {
        "errors in streams": ("test_an_error_is_an_event_and_the_stream_closes",),
        "errors of wait and join": (
            "test_joining_a_failed_run_tells_why",
            "test_post_threads_id_runs_wait_tells_an_error_in_its_body",
        ),
        "run and thread": ("test_an_exception_makes_run_and_thread_error",),
        "recursion": ("test_too_many_steps_are_an_error",),
        "cancelled": (
            "test_the_open_streams_of_a_cancelled_run_close_without_an_error",
            "test_a_cancelled_run_just_ends_its_streams",
        ),
    },
    "§2.6": {
        "not resumable": ("test_without_resumable_there_are_no_ids_and_nothing_is_told_again",),
        "live": ("test_a_join_while_it_goes_on_gives_what_comes_after",),
        "from the start": ("test_a_finished_resumable_run_is_told_again_from_the_start",),
        "after an id": ("test_an_id_goes_on_behind_it_and_one_unknown_waits_for_news",),
        "no id": ("test_joining_a_finished_run_without_an_id_is_empty_and_closes",),
        "coming back": (
            "test_coming_back_to_a_living_run_neither_doubles_nor_misses",
            "test_streams_go_on_once_the_server_is_back",
        ),
    },
    "§2.7": {
        "continue": ("test_a_run_goes_on_when_its_stream_is_dropped",),
        "cancel": ("test_on_disconnect_cancel_stops_the_run",),
        "who joins": ("test_cancel_on_disconnect_of_those_who_join",),
        "who waits": ("test_a_run_goes_on_when_who_waits_for_it_leaves",),
    },
    "§2.8": {
        "run after run": (
            "test_the_thread_feed_tells_of_all_its_runs",
            "test_get_threads_id_stream_tells_run_after_run",
        ),
        "both spellings of modes": ("test_the_feed_shows_lifecycles_or_what_is_done_by_hand",),
    },
    "§2.9": {
        "envelope and numbers": (
            "test_numbers_do_not_depend_on_what_is_asked_for",
            "test_numbers_grow_and_ids_are_the_same_whenever_they_are_read",
        ),
        "channels and namespaces": (
            "test_namespaces_are_prefixes_and_depth_counts_below_them",
            "test_custom_events_have_their_names",
        ),
        "since": ("test_since_goes_on_behind_a_number",),
        "opened early": (
            "test_a_stream_may_be_opened_before_there_is_a_thread",
            "test_events_of_a_thread_that_is_not_there_are_404",
        ),
        "lifecycle": (
            "test_a_failed_run_says_why",
            "test_subgraphs_are_told_apart_by_namespaces",
        ),
        "input": (
            "test_a_question_is_answered_by_input_respond",
            "test_an_answer_may_change_the_state",
            "test_an_answer_finds_the_run_configured_as_before",
        ),
        "messages": ("test_tokens_come_in_blocks_of_a_message",),
        "run.start": (
            "test_run_start_answers_what_a_thread_waits_for",
            "test_a_run_may_begin_at_a_checkpoint",
            "test_runs_wait_for_each_other_unless_told_otherwise",
        ),
        "commands and codes": (
            "test_post_threads_id_commands_says_what_is_wrong",
            "test_state_and_tree_are_read_by_commands",
        ),
        "tools and checkpoints": ("test_tools_updates_and_checkpoints",),
        "stable ids": ("test_a_killed_server_goes_on_with_the_stream",),
    },
    "§3.1": {
        "statuses": (
            "test_a_run_is_pending_then_running_then_success",
            "test_cancelling_while_it_executes_makes_both_interrupted",
        ),
        "timeout": ("test_a_run_that_takes_too_long_has_the_status_timeout",),
    },
    "§3.2": {
        "error": ("test_an_exception_makes_run_and_thread_error",),
        "never left busy": ("test_no_thread_stays_busy_behind_a_run_that_is_gone",),
    },
    "§3.3": {
        "reject": ("test_reject_answers_409_and_creates_nothing",),
        "enqueue": (
            "test_enqueue_runs_one_after_the_other_in_order",
            "test_enqueue_is_what_happens_without_a_strategy",
        ),
        "interrupt": ("test_interrupt_cancels_the_active_run_and_goes_on_from_its_state",),
        "rollback": (
            "test_rollback_deletes_the_active_run_and_its_checkpoints",
            "test_rollback_of_a_first_run_leaves_an_idle_thread",
        ),
    },
    "§3.4": {
        "interrupt": ("test_cancelling_while_it_executes_makes_both_interrupted",),
        "pending": ("test_cancelling_what_is_pending_leaves_the_thread_idle",),
        "rollback": ("test_rolling_back_restores_the_state_before",),
        "finished": ("test_cancelling_a_finished_or_unknown_run_is_404",),
        "waiting": ("test_cancel_answers_202_at_once_or_200_when_it_has_waited",),
        "many": (
            "test_cancelling_many_takes_ids_or_a_status_and_not_both",
            "test_cancelling_by_status_finds_all_that_have_it",
        ),
    },
    "§3.5": {
        "if_not_exists": (
            "test_if_not_exists_rejects_or_creates",
            "test_a_thread_that_is_not_there_is_404",
        ),
        "unknown assistants": ("test_a_request_without_a_known_assistant_is_422",),
        "after_seconds": (
            "test_after_seconds_waits_before_it_begins",
            "test_after_seconds_lies_ahead_and_can_be_cancelled",
        ),
        "stateless": (
            "test_a_stateless_run_leaves_no_thread",
            "test_a_stateless_run_can_keep_its_thread",
        ),
        "webhook": (
            "test_webhook_is_posted_after_success_error_interrupt_and_cancel",
            "test_webhooks_to_what_is_not_public_are_refused",
        ),
        "command": (
            "test_resume_takes_a_value",
            "test_resume_takes_an_answer_by_interrupt_id",
            "test_a_command_can_update_and_go_elsewhere",
            "test_a_command_wins_over_an_input",
            "test_resume_with_nothing_waiting_does_nothing",
            "test_strict_resume_fails_if_nobody_asked",
        ),
        "checkpoint": ("test_a_checkpoint_id_forks_the_thread",),
        "interrupt_before and _after": (
            "test_interrupt_before_and_after_stop_there_and_null_goes_on",
            "test_interrupt_after_every_node",
            "test_what_stops_before_a_node_asks_nothing",
        ),
        "durability": ("test_durability_says_how_many_checkpoints_there_are",),
        "metadata": (
            "test_metadata_of_a_run_goes_to_its_checkpoints",
            "test_metadata_is_that_of_the_assistant_the_thread_and_the_run",
        ),
        "what is configurable": (
            "test_a_run_is_told_who_and_what_it_is",
            "test_a_run_is_told_who_calls_also_where_nobody_is_asked",
            "test_nodes_are_told_whose_run_they_are_of",
            "test_runs_find_the_headers_that_the_settings_name_and_never_keys",
        ),
        "context": (
            "test_what_is_configurable_is_context_too_and_the_other_way_round",
            "test_a_run_says_more_than_its_assistant_in_both",
            "test_context_has_only_the_fields_that_a_graph_names",
            "test_context_and_configurable_together_are_refused",
        ),
        "time to live": (
            "test_post_and_patch_threads_with_a_time_to_live_and_what_then",
            "test_update_merges_metadata_and_sets_a_time_to_live",
        ),
    },
    "§3.6": {
        "authenticate": (
            "test_a_handler_is_shown_what_it_names",
            "test_a_user_may_be_said_in_many_ways",
            "test_a_wrong_login_is_answered_as_the_handler_says",
        ),
        "on": (
            "test_the_most_specific_handler_counts",
            "test_what_a_handler_lets_through",
            "test_what_a_handler_refuses",
            "test_a_handler_sees_who_does_what_and_may_change_it",
        ),
        "what is not theirs": (
            "test_what_belongs_to_another_is_not_there",
            "test_an_id_of_another_is_taken",
            "test_a_search_finds_what_is_ones_own",
            "test_a_joined_stream_of_another_says_so_in_an_event",
        ),
        "assistants": ("test_own_assistants_are_hidden_and_run_all_the_same",),
        "open to all": ("test_what_tells_of_the_server_needs_no_login",),
        "studio": ("test_studio_comes_in_only_where_that_is_allowed",),
    },
}
