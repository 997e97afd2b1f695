"""What the LangGraph API promises, row by row, and the tests that hold it to that.

The endpoints are those of the application, no more and no less; their tests are named after them.
The semantics go by the sections of the specification that this API was built to; a file or test
says in its docstring which it is about.
"""

from collections.abc import Mapping
from typing import Final

Tests = tuple[str, ...]

ENDPOINTS: Final[Mapping[str, Tests]] = {
    "GET /ok": (
        "test_get_ok_answers_without_credentials",
        "test_get_ok_asks_the_database_if_it_is_told_to",
    ),
    "GET /info": (
        "test_get_info_names_versions_and_flags",
        "test_what_tells_of_the_server_needs_no_login",
    ),
    "POST /assistants": (
        "test_post_assistants",
        "test_post_assistants_refuses",
        "test_every_graph_of_langgraph_has_an_assistant_from_the_start",
    ),
    "POST /assistants/search": (
        "test_post_assistants_search_and_count",
        "test_post_assistants_search_refuses",
    ),
    "POST /assistants/count": ("test_post_assistants_search_and_count",),
    "GET /assistants/{id}": ("test_get_assistants_id",),
    "PATCH /assistants/{id}": ("test_patch_assistants_id",),
    "DELETE /assistants/{id}": (
        "test_delete_assistants_id",
        "test_delete_assistants_id_with_its_threads",
        "test_a_graphs_own_assistant_stays_deleted",
    ),
    "POST /assistants/{id}/versions": ("test_post_assistants_id_versions_and_latest",),
    "POST /assistants/{id}/latest": ("test_post_assistants_id_versions_and_latest",),
    "GET /assistants/{id}/graph": (
        "test_get_assistants_id_graph",
        "test_a_drawing_is_as_observed",
    ),
    "GET /assistants/{id}/schemas": (
        "test_get_assistants_id_schemas_and_subgraphs",
        "test_schemas_are_as_observed",
    ),
    "GET /assistants/{id}/subgraphs": (
        "test_get_assistants_id_schemas_and_subgraphs",
        "test_subgraphs_are_as_observed",
    ),
    "GET /assistants/{id}/subgraphs/{id}": ("test_get_assistants_id_schemas_and_subgraphs",),
    "POST /threads": (
        "test_post_threads_makes_one",
        "test_post_threads_folds_the_graph_into_metadata",
        "test_post_threads_names_what_is_wrong",
        "test_post_threads_with_supersteps_has_their_state",
        "test_post_and_patch_threads_with_a_time_to_live_and_what_then",
    ),
    "POST /threads/search": (
        "test_post_threads_search_filters_sorts_and_tells_where_to_go_on",
        "test_post_threads_search_by_values_and_status_and_what_is_extracted",
        "test_post_threads_search_sorts_by_each_time_and_name",
        "test_post_threads_search_refuses_what_makes_no_sense",
    ),
    "POST /threads/count": (
        "test_post_threads_count_is_a_bare_number",
        "test_post_threads_count_by_values_and_status",
    ),
    "POST /threads/prune": ("test_post_threads_prune_deletes_or_keeps_the_latest",),
    "GET /threads/{id}": (
        "test_get_threads_id_shows_what_a_run_has_left",
        "test_get_threads_id_with_its_time_to_live",
        "test_a_thread_that_is_not_there_is_404_and_a_malformed_id_422",
    ),
    "PATCH /threads/{id}": (
        "test_patch_threads_id_merges_metadata",
        "test_post_and_patch_threads_with_a_time_to_live_and_what_then",
    ),
    "DELETE /threads/{id}": ("test_delete_threads_id_takes_its_run_along",),
    "POST /threads/{id}/copy": (
        "test_post_threads_id_copy_has_state_and_history_under_another_id",
        "test_post_threads_id_copy_of_nothing_is_409",
    ),
    "GET /threads/{id}/state": (
        "test_get_threads_id_state_has_all_that_clients_read",
        "test_get_threads_id_state_of_one_without_runs_is_empty",
        "test_get_threads_id_state_newest_by_checkpoint_and_selected",
        "test_get_threads_id_state_of_subgraphs_is_shown_when_asked",
    ),
    "GET /threads/{id}/state/{id}": (
        "test_get_threads_id_state_newest_by_checkpoint_and_selected",
    ),
    "POST /threads/{id}/state/checkpoint": (
        "test_post_threads_id_state_checkpoint_says_which_and_what",
    ),
    "POST /threads/{id}/state": (
        "test_post_threads_id_state_makes_a_checkpoint",
        "test_post_threads_id_state_takes_null_and_what_the_graph_takes",
        "test_post_threads_id_state_without_a_graph_or_with_a_run_under_way",
        "test_post_threads_id_state_of_a_checkpoint_is_a_fork",
    ),
    "PATCH /threads/{id}/state": ("test_patch_threads_id_state_merges_the_metadata_of_the_thread",),
    "GET /threads/{id}/history": (
        "test_post_and_get_threads_id_history_newest_first_and_pages_by_before",
    ),
    "POST /threads/{id}/history": (
        "test_post_and_get_threads_id_history_newest_first_and_pages_by_before",
        "test_post_threads_id_history_filters_by_metadata",
        "test_post_threads_id_history_of_a_checkpoint_and_ten_without_a_limit",
    ),
    "GET /threads/{id}/stream": (
        "test_get_threads_id_stream_tells_run_after_run",
        "test_the_feed_is_joined_with_the_official_client",
    ),
    "POST /threads/{id}/runs": (
        "test_post_threads_id_runs_answers_with_the_run_and_where_it_is",
        "test_post_threads_id_runs_names_what_is_wrong",
        "test_kwargs_are_what_was_asked_for",
        "test_feedback_keys_and_the_older_durability_are_known",
    ),
    "POST /threads/{id}/runs/stream": (
        "test_post_threads_id_runs_stream_is_framed_as_clients_expect_it",
        "test_the_answer_says_where_the_run_is_and_where_to_go_on",
    ),
    "POST /threads/{id}/runs/wait": (
        "test_post_threads_id_runs_wait_answers_with_the_values",
        "test_post_threads_id_runs_wait_keeps_the_connection_alive_with_line_breaks",
        "test_post_threads_id_runs_wait_tells_an_error_in_its_body",
    ),
    "GET /threads/{id}/runs": ("test_get_threads_id_runs_is_newest_first_with_pages_and_statuses",),
    "GET /threads/{id}/runs/{id}": ("test_get_threads_id_runs_id_is_404_for_that_of_another",),
    "DELETE /threads/{id}/runs/{id}": (
        "test_delete_threads_id_runs_id_ends_it_and_frees_the_thread",
    ),
    "POST /threads/{id}/runs/{id}/cancel": (
        "test_post_threads_id_runs_id_cancel_interrupts_at_once_or_waits",
        "test_post_threads_id_runs_id_cancel_by_rollback_undoes_the_run",
        "test_post_threads_id_runs_id_cancel_keeps_the_reason",
        "test_cancelling_a_finished_or_unknown_run_is_404",
    ),
    "GET /threads/{id}/runs/{id}/join": (
        "test_get_threads_id_runs_id_join_waits_and_tells_of_one_that_is_not_there",
        "test_cancel_on_disconnect_of_those_who_join",
        "test_joining_a_failed_run_tells_why",
    ),
    "GET /threads/{id}/runs/{id}/stream": (
        "test_get_threads_id_runs_id_stream_tells_a_finished_run_from_the_start",
        "test_joining_shows_the_modes_that_are_asked_for",
    ),
    "POST /runs": ("test_post_runs_and_wait_and_get_runs_id_join_hide_their_thread",),
    "POST /runs/stream": ("test_post_runs_stream_and_get_runs_id_stream_need_no_thread",),
    "POST /runs/wait": (
        "test_post_runs_and_wait_and_get_runs_id_join_hide_their_thread",
        "test_post_runs_wait_on_completion_keep_leaves_the_thread",
    ),
    "GET /runs/{id}/stream": ("test_post_runs_stream_and_get_runs_id_stream_need_no_thread",),
    "GET /runs/{id}/join": ("test_post_runs_and_wait_and_get_runs_id_join_hide_their_thread",),
    "POST /runs/batch": ("test_post_runs_batch_makes_many_or_none",),
    "POST /runs/cancel": (
        "test_post_runs_cancel_takes_a_status_or_runs",
        "test_cancelling_many_takes_ids_or_a_status_and_not_both",
        "test_cancelling_by_status_finds_all_that_have_it",
    ),
    "POST /runs/crons": (
        "test_post_patch_and_delete_runs_crons_id",
        "test_post_runs_crons_names_what_is_wrong",
    ),
    "POST /threads/{id}/runs/crons": ("test_post_threads_id_runs_crons_goes_with_its_thread",),
    "GET /runs/crons/{id}": ("test_get_runs_crons_id_has_all_fields",),
    "PATCH /runs/crons/{id}": (
        "test_post_patch_and_delete_runs_crons_id",
        "test_patch_runs_crons_id_enabled_and_disabled",
        "test_patch_runs_crons_id_changes_config_and_context_together",
    ),
    "DELETE /runs/crons/{id}": ("test_post_patch_and_delete_runs_crons_id",),
    "POST /runs/crons/search": ("test_post_runs_crons_search_and_count",),
    "POST /runs/crons/count": ("test_post_runs_crons_search_and_count",),
    "PUT /store/items": (
        "test_put_get_and_delete_store_items",
        "test_put_store_items_refuses",
    ),
    "GET /store/items": (
        "test_put_get_and_delete_store_items",
        "test_get_and_delete_store_items_refuse",
    ),
    "DELETE /store/items": ("test_put_get_and_delete_store_items",),
    "POST /store/items/search": (
        "test_post_store_items_search",
        "test_searching_for_what_is_near",
    ),
    "POST /store/namespaces": ("test_post_store_namespaces",),
    "POST /threads/{id}/commands": ("test_post_threads_id_commands_says_what_is_wrong",),
    "POST /threads/{id}/stream/events": (
        "test_post_threads_id_stream_events_refuses_a_wrong_subscription",
        "test_a_stream_may_be_opened_before_there_is_a_thread",
    ),
    "WS /threads/{id}/stream/events": (
        "test_ws_threads_id_stream_events_shares_commands_and_events",
    ),
}
ABSENT: Final[Mapping[str, Tests]] = {
    "GET /threads/{id}/storage": ("test_get_threads_id_storage_is_not_served",),
}
"""What the reference has besides, and no client of it calls."""
