// Every RPC from another language, against the server at RUNWIRE_ADDRESS.

import assert from 'node:assert/strict';
import {createHash, randomBytes, randomUUID} from 'node:crypto';
import {after, test} from 'node:test';

import grpc from '@grpc/grpc-js';

import {connect, detailsOf, payload, readAll, readUntil, rpcs, valueOf} from './connection.mjs';

const address = process.env.RUNWIRE_ADDRESS;
assert.ok(address, 'set RUNWIRE_ADDRESS to the gRPC address of a running server');

const {artifacts, close, graphs, health, runs} = connect(address);
after(close);

// One server serves other tests too: this mark tells ours from theirs.
const suite = `js-${randomUUID()}`;
const labels = {suite};

const newId = (name) => `${name}-${randomUUID()}`;
const spec = (graph_id, input) => ({graph_id, input: payload(input), labels});
const create = async (graph_id, input) =>
  (await runs.CreateRun({spec: spec(graph_id, input)})).run.run_id;
const ended = async (run_id) => (await runs.WaitRun({run_id, timeout: {seconds: 20}})).run;
const succeeded = async (graph_id, input) => {
  const run = await ended(await create(graph_id, input));
  assert.equal(run.status, 'RUN_STATUS_SUCCEEDED');
  return run.run_id;
};
const eventsOf = (messages) => messages.flatMap((message) => message.batch?.events ?? []);
const statusesOf = (events) =>
  events.flatMap(({status_changed}) => (status_changed ? [status_changed.to_status] : []));
const entered = (status) => (message) => statusesOf(eventsOf([message])).includes(status);

/** Expects an error of a code, with ErrorInfo; returns its details. */
async function refused(promise, code, reason) {
  const error = await promise.then(
    () => assert.fail(`expected ${grpc.status[code]}`),
    (caught) => caught,
  );
  assert.equal(grpc.status[error.code], grpc.status[code], error.details);
  const details = detailsOf(error);
  const info = details['google.rpc.ErrorInfo'];
  assert.equal(info.domain, 'runwire');
  assert.equal(info.reason, reason);
  return details;
}

test('every service is healthy', async () => {
  for (const service of ['', 'ArtifactService', 'GraphService', 'RunService']) {
    const name = service && `runwire.v1.${service}`;
    assert.equal((await health.Check({service: name})).status, 'SERVING', name);
  }
  const [first] = await readUntil(health.Watch({service: ''}), () => true);
  assert.equal(first.status, 'SERVING');
});

test('a run is created, watched to its end and read back', async () => {
  const run_id = newId('created');
  const created = await runs.CreateRun({run_id, spec: spec('three_nodes', {n: 1})});
  assert.equal(created.run.run_id, run_id);
  assert.equal(created.replayed, false);

  const messages = await readAll(runs.WatchRun({run_id}));
  assert.equal(messages[0].message, 'started');
  assert.equal(messages.at(-1).message, 'ended');
  assert.equal(messages.at(-1).ended.run.status, 'RUN_STATUS_SUCCEEDED');
  const events = eventsOf(messages);
  assert.deepEqual(
    events.map(({sequence}) => sequence),
    events.map((_, index) => String(index + 1)),
  );
  assert.deepEqual(statusesOf(events), [
    'RUN_STATUS_QUEUED',
    'RUN_STATUS_RUNNING',
    'RUN_STATUS_SUCCEEDED',
  ]);

  const {run} = await runs.GetRun({run_id});
  assert.equal(run.last_sequence, String(events.length));
  assert.deepEqual(valueOf(run.spec.input), {n: 1});
  assert.equal(typeof valueOf(run.output), 'object');
  const {run: basic} = await runs.GetRun({run_id, view: 'RUN_VIEW_BASIC'});
  assert.equal(basic.spec.input, null);
  assert.equal(basic.output, null);
});

test('a watch resumes where another broke off', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  const all = eventsOf(await readAll(runs.WatchRun({run_id})));
  const from_sequence = all[2].sequence;
  const rest = await readAll(runs.WatchRun({run_id, from_sequence}));
  assert.deepEqual(eventsOf(rest), all.slice(2));
  assert.equal(rest.at(-1).next_sequence, String(all.length + 1));
});

test('a run is created and watched in one call', async () => {
  const run_id = newId('watched');
  const messages = await readAll(
    runs.CreateAndWatchRun({run_id, spec: spec('three_nodes', {n: 1})}),
  );
  assert.equal(messages[0].message, 'started');
  assert.equal(messages[0].started.run.run_id, run_id);
  assert.equal(messages.at(-1).ended.run.status, 'RUN_STATUS_SUCCEEDED');
  assert.equal(eventsOf(messages)[0].sequence, '1');
});

test('payloads come spelled out when asked for', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  const {run} = await runs.GetRun({run_id, payload_format: 'PAYLOAD_FORMAT_JSON'});
  assert.equal(run.spec.input.body, 'json');
  assert.equal(run.spec.input.json.structValue.fields.n.numberValue, 1);
});

test('a request id makes creation safe to retry', async () => {
  const request = {request_id: randomUUID(), spec: spec('three_nodes', {n: 1})};
  const first = await runs.CreateRun(request);
  const again = await runs.CreateRun(request);
  assert.equal(again.replayed, true);
  assert.equal(again.run.run_id, first.run.run_id);
  await refused(
    runs.CreateRun({...request, spec: spec('three_nodes', {n: 2})}),
    grpc.status.ALREADY_EXISTS,
    'REQUEST_ID_REUSED',
  );
});

test('waiting returns when the time is over, and when the run has ended', async () => {
  const run_id = await create('sleepy', {seconds: 30});
  const {run} = await runs.WaitRun({run_id, timeout: {nanos: 200_000_000}});
  assert.ok(['RUN_STATUS_QUEUED', 'RUN_STATUS_RUNNING'].includes(run.status), run.status);
  await runs.CancelRun({run_id});
  assert.equal((await ended(run_id)).status, 'RUN_STATUS_CANCELLED');
});

test('runs are listed by filter, page by page, newest first', async () => {
  const mark = randomUUID();
  const ids = [];
  for (let count = 0; count < 3; count += 1) {
    const {run} = await runs.CreateRun({
      spec: {...spec('three_nodes', {n: count}), labels: {mark}},
    });
    ids.unshift(run.run_id);
  }
  const listed = [];
  const request = {filter: `labels.mark = "${mark}"`, page_size: 2, page_token: ''};
  do {
    const page = await runs.ListRuns(request);
    assert.ok(page.runs.length <= 2);
    listed.push(...page.runs.map(({run_id}) => run_id));
    request.page_token = page.next_page_token;
  } while (request.page_token);
  assert.deepEqual(listed, ids);
});

test('a running run is cancelled', async () => {
  const run_id = await create('sleepy', {seconds: 30});
  await readUntil(runs.WatchRun({run_id}), entered('RUN_STATUS_RUNNING'));
  const {run} = await runs.CancelRun({run_id, reason: 'no longer needed'});
  assert.ok(['RUN_STATUS_CANCELLING', 'RUN_STATUS_CANCELLED'].includes(run.status), run.status);
  const events = eventsOf(await readAll(runs.WatchRun({run_id})));
  assert.equal(statusesOf(events).at(-1), 'RUN_STATUS_CANCELLED');
  assert.ok(events.some(({status_changed}) => status_changed?.reason === 'no longer needed'));
});

test('runs of threads are cancelled together', async () => {
  const asked = {statuses: ['RUN_STATUS_QUEUED', 'RUN_STATUS_RUNNING']};
  const {cancelled_count} = await runs.CancelRuns(asked);
  assert.equal(Number(cancelled_count), 0); // nothing here has a thread
  await refused(runs.CancelRuns({}), grpc.status.INVALID_ARGUMENT, 'INVALID_FIELD');
});

test('an interrupted run is resumed with an answer', async () => {
  const run_id = await create('approval', {amount: 5});
  await readUntil(runs.WatchRun({run_id}), entered('RUN_STATUS_INTERRUPTED'));
  const {run} = await runs.GetRun({run_id});
  assert.equal(run.status, 'RUN_STATUS_INTERRUPTED');
  const [{interrupt_id, node}] = run.interrupts;
  assert.ok(node);
  const {state} = await runs.GetRunState({run_id});
  assert.equal(state.interrupts[0].interrupt_id, interrupt_id);

  await runs.ResumeRun({run_id, interrupt_id, answer: payload({approved: true})});
  assert.equal((await ended(run_id)).status, 'RUN_STATUS_SUCCEEDED');
  const events = eventsOf(await readAll(runs.WatchRun({run_id})));
  const details = events.map(({detail}) => detail);
  const answered = events.find(({detail}) => detail === 'interrupt_answered').interrupt_answered;
  assert.ok(details.indexOf('interrupt_raised') < details.indexOf('interrupt_answered'));
  assert.deepEqual(valueOf(answered.answer), {approved: true});
});

test('labels change by field mask', async () => {
  const {run} = await runs.CreateRun({
    spec: {...spec('three_nodes', {n: 1}), labels: {team: 'risk', stage: 'draft'}},
  });
  const {run_id} = await ended(run.run_id);
  const update = async (labels, ...paths) =>
    (await runs.UpdateRun({run_id, labels, update_mask: {paths}})).run.spec.labels;
  assert.deepEqual(await update({team: 'fraud'}, 'labels.team'), {team: 'fraud', stage: 'draft'});
  assert.deepEqual(await update({}, 'labels.stage'), {team: 'fraud'});
  assert.deepEqual(await update({owner: 'ada'}, 'labels'), {owner: 'ada'});
  await refused(
    runs.UpdateRun({run_id, labels, update_mask: {paths: ['labels']}, etag: 'of-another-time'}),
    grpc.status.ABORTED,
    'ETAG_MISMATCH',
  );
});

test('state, steps and checkpoints tell how a run went', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  const {steps} = await runs.ListSteps({run_id});
  assert.equal(steps.length, 3);
  for (const step of steps) {
    assert.equal(step.status, 'RUN_STATUS_SUCCEEDED');
    assert.equal(step.step_id, `${step.node}:${step.visit}`);
  }
  const {checkpoints} = await runs.ListCheckpoints({run_id});
  assert.deepEqual(
    checkpoints.map(({superstep}) => superstep),
    [3, 2, 1, 0],
  );
  const {state: newest} = await runs.GetRunState({run_id});
  assert.equal(newest.checkpoint.checkpoint_id, checkpoints[0].checkpoint_id);
  assert.deepEqual(newest.next_nodes, []);
  const {state: oldest} = await runs.GetRunState({
    run_id,
    checkpoint_id: checkpoints.at(-1).checkpoint_id,
  });
  assert.equal(valueOf(oldest.values).n, 1);
  assert.deepEqual(oldest.next_nodes, [steps[0].node]);
  const {explanation} = await runs.ExplainRun({run_id});
  assert.equal(explanation.reason, 'WAIT_REASON_ENDED');
  const {statuses} = await runs.CountRuns({graph_id: 'three_nodes'});
  const {runs: ended} = statuses.find(({status}) => status === 'RUN_STATUS_SUCCEEDED');
  assert.ok(Number(ended) > 0);
});

test('a fork goes its own way from a checkpoint', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  const {checkpoints} = await runs.ListCheckpoints({run_id});
  const {checkpoint_id} = checkpoints.find(({superstep}) => superstep === 1);
  const new_run_id = newId('forked');
  const {run} = await runs.ForkRun({run_id, checkpoint_id, new_run_id, update: payload({n: 100})});
  assert.equal(run.run_id, new_run_id);
  assert.equal(run.forked_from_run_id, run_id);
  assert.equal(run.forked_from_checkpoint_id, checkpoint_id);
  assert.deepEqual(run.spec.labels, labels);
  assert.equal((await ended(new_run_id)).status, 'RUN_STATUS_SUCCEEDED');
  assert.equal((await runs.ListSteps({run_id: new_run_id})).steps.length, 2);
});

test('the changes of all matching runs are watched, and again from a token', async () => {
  const mark = randomUUID();
  const filter = `labels.mark = "${mark}"`;
  const run_id = newId('seen');
  const last = ({events}) => statusesOf(events).includes('RUN_STATUS_SUCCEEDED');
  const eventsUntilLast = (messages) => messages.flatMap(({events}) => events);

  const call = runs.WatchRuns({filter});
  let resume_token = '';
  const live = await readUntil(call, (message) => {
    if (!resume_token) {
      // Only now is the watch live, so that the run's first event cannot be missed.
      resume_token = message.resume_token;
      runs
        .CreateRun({run_id, spec: {...spec('three_nodes', {n: 1}), labels: {mark}}})
        .catch((error) => call.destroy(error));
    }
    return last(message);
  });
  const again = await readUntil(runs.WatchRuns({filter, resume_token}), last);
  assert.deepEqual(eventsUntilLast(again), eventsUntilLast(live));
  assert.deepEqual(new Set(eventsUntilLast(live).map((event) => event.run_id)), new Set([run_id]));
});

test('a deleted run is gone', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  await runs.DeleteRun({run_id});
  const details = await refused(
    runs.GetRun({run_id}),
    grpc.status.NOT_FOUND,
    'RUN_NOT_FOUND',
  );
  assert.equal(details['google.rpc.ErrorInfo'].metadata.run_id, run_id);
});

test('errors name what is wrong', async () => {
  const run_id = newId('unknown');
  for (const method of ['GetRun', 'CancelRun', 'WaitRun', 'ListSteps', 'GetRunState']) {
    await refused(runs[method]({run_id}), grpc.status.NOT_FOUND, 'RUN_NOT_FOUND');
  }
  await refused(readAll(runs.WatchRun({run_id})), grpc.status.NOT_FOUND, 'RUN_NOT_FOUND');

  const details = await refused(
    runs.CreateRun({spec: {}}),
    grpc.status.INVALID_ARGUMENT,
    'INVALID_FIELD',
  );
  const [violation] = details['google.rpc.BadRequest'].field_violations;
  assert.equal(violation.field, 'spec.graph_id');

  const done = await succeeded('three_nodes', {n: 1});
  await refused(
    runs.CancelRun({run_id: done}),
    grpc.status.FAILED_PRECONDITION,
    'RUN_ALREADY_TERMINAL',
  );
});

test('the graphs and tools of the server are described', async () => {
  const ids = [];
  const request = {page_size: 2, page_token: ''};
  do {
    const page = await graphs.ListGraphs(request);
    ids.push(...page.graphs.map(({graph_id}) => graph_id));
    request.page_token = page.next_page_token;
  } while (request.page_token);
  for (const graph_id of ['approval', 'sleepy', 'three_nodes']) assert.ok(ids.includes(graph_id));
  assert.deepEqual(ids, [...ids].sort());

  const {graph} = await graphs.GetGraph({graph_id: 'three_nodes'});
  assert.equal(graph.kind, 'GRAPH_KIND_PYTHON');
  assert.equal(graph.nodes.length, 3);
  assert.ok(graph.edges.some(({source}) => source === '__start__'));
  assert.ok(graph.edges.some(({target}) => target === '__end__'));
  assert.equal(typeof valueOf(graph.input_schema), 'object');

  const {tools} = await graphs.ListTools({page_size: 1000});
  const add = tools.find(({name}) => name === 'add');
  assert.ok('amount' in valueOf(add.arguments_schema).properties);
});

test('a graph sent as JSON is versioned, run and deleted', async () => {
  const graph_id = newId('sum').replaceAll('-', '_');
  const definition = (amount) =>
    payload({
      graph_id,
      nodes: {plus: {tool: 'add', arguments: {amount}}},
      edges: [],
      branches: [],
      start: 'plus',
    });

  await graphs.CreateGraph({definition: definition(2), validate_only: true});
  await refused(graphs.GetGraph({graph_id}), grpc.status.NOT_FOUND, 'GRAPH_NOT_FOUND');

  const {graph: first} = await graphs.CreateGraph({definition: definition(2)});
  assert.equal(first.version, 1);
  assert.equal(first.kind, 'GRAPH_KIND_JSON');
  assert.equal((await graphs.CreateGraph({definition: definition(2)})).graph.version, 1);
  assert.equal((await graphs.CreateGraph({definition: definition(3)})).graph.version, 2);
  assert.equal((await graphs.GetGraph({graph_id})).graph.version, 2);
  const {graph: old} = await graphs.GetGraph({graph_id, version: 1});
  assert.equal(valueOf(old.definition).nodes.plus.arguments.amount, 2);

  const run_id = await succeeded(graph_id, {n: 1});
  assert.equal(valueOf((await runs.GetRunState({run_id})).state.values).n, 4);
  assert.equal((await runs.ListSteps({run_id})).steps[0].tool, 'add');

  await graphs.DeleteGraph({graph_id});
  await refused(graphs.GetGraph({graph_id}), grpc.status.NOT_FOUND, 'GRAPH_NOT_FOUND');
});

test('a graph that cannot work is refused', async () => {
  const request = {
    definition: payload({graph_id: 'broken', nodes: {plus: {tool: 'no_such_tool'}}}),
  };
  const error = await graphs.CreateGraph(request).catch((caught) => caught);
  assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
  assert.match(error.details, /no_such_tool/);
  assert.ok(detailsOf(error)['google.rpc.BadRequest'].field_violations.length > 0);
});

test('artifacts travel in chunks and arrive unchanged', async () => {
  const run_id = await succeeded('three_nodes', {n: 1});
  const content = randomBytes(3_000_000);
  const sha256 = sha256Of(content);
  const {artifact} = await artifacts.UploadArtifact(
    uploadOf(content, {run_id, filename: 'noise.bin', sha256, request_id: randomUUID()}),
  );
  const {artifact_id} = artifact;
  assert.equal(artifact.status, 'ARTIFACT_STATUS_ACTIVE');
  assert.equal(artifact.size_bytes, String(content.length));
  assert.equal(artifact.sha256, sha256);
  assert.equal(artifact.content_type, 'application/octet-stream');

  const messages = await readAll(artifacts.DownloadArtifact({artifact_id}));
  assert.equal(messages[0].artifact.filename, 'noise.bin');
  assert.equal(sha256Of(contentOf(messages)), sha256);
  const range = await readAll(
    artifacts.DownloadArtifact({artifact_id, read_offset: 1_999_999, read_limit: 500_000}),
  );
  assert.ok(contentOf(range).equals(content.subarray(1_999_999, 2_499_999)));

  assert.equal((await artifacts.GetArtifact({artifact_id})).artifact.sha256, sha256);
  const {artifacts: listed} = await artifacts.ListArtifacts({run_id});
  assert.deepEqual(
    listed.map((one) => one.artifact_id),
    [artifact_id],
  );

  await artifacts.DeleteArtifact({artifact_id});
  await refused(
    artifacts.GetArtifact({artifact_id}),
    grpc.status.NOT_FOUND,
    'ARTIFACT_NOT_FOUND',
  );
});

test('content that is not what was announced is refused', async () => {
  await refused(
    artifacts.UploadArtifact(
      uploadOf(Buffer.from('one'), {filename: 'one.txt', sha256: sha256Of(Buffer.from('two'))}),
    ),
    grpc.status.INVALID_ARGUMENT,
    'CHECKSUM_MISMATCH',
  );
});

// The last test: it looks back at all the others.
test('no RPC was left out', () => {
  assert.deepEqual([...rpcs.called].filter((rpc) => rpcs.known.has(rpc)).sort(), [
    ...rpcs.known,
  ].sort());
});

function sha256Of(content) {
  return createHash('sha256').update(content).digest('hex');
}

function* uploadOf(content, first) {
  const chunk = 512 * 1024;
  for (let start = 0; start < content.length; start += chunk) {
    const data = content.subarray(start, start + chunk);
    yield start
      ? {content: {data}}
      : {...first, content: {content_type: 'application/octet-stream', data}};
  }
}

function contentOf(messages) {
  return Buffer.concat(messages.map(({content}) => content.data));
}
