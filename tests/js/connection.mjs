// What a Node service would write to talk to Runwire: protos read at run time, no generated code.

import {fileURLToPath} from 'node:url';

import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';

const DEADLINE_SECONDS = 30;

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const definition = protoLoader.loadSync(
  [
    'runwire/v1/artifact_service.proto',
    'runwire/v1/graph_service.proto',
    'runwire/v1/run_service.proto',
    'google/rpc/error_details.proto',
    'google/rpc/status.proto',
    'grpc/health/v1/health.proto',
  ],
  {
    includeDirs: [path('../../protos'), path('protos')],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  },
);
const packages = grpc.loadPackageDefinition(definition);

/** RPCs of the runwire package, as "Service/Method": those that exist, and those that were called. */
export const rpcs = {known: new Set(), called: new Set()};

/** Opens a channel; `close()` it, or the process stays. */
export function connect(address) {
  const {ArtifactService, GraphService, RunService} = packages.runwire.v1;
  const services = {
    artifacts: new ArtifactService(address, grpc.credentials.createInsecure()),
    graphs: new GraphService(address, grpc.credentials.createInsecure()),
    health: new packages.grpc.health.v1.Health(address, grpc.credentials.createInsecure()),
    runs: new RunService(address, grpc.credentials.createInsecure()),
  };
  const connection = {close: () => Object.values(services).forEach((client) => client.close())};
  for (const [name, client] of Object.entries(services)) {
    connection[name] = methodsOf(client);
  }
  return connection;
}

function methodsOf(client) {
  const methods = {};
  for (const [name, {path, requestStream, responseStream}] of Object.entries(
    client.constructor.service,
  )) {
    const rpc = path.slice(1).replace(/^runwire\.v1\./, '');
    if (path.startsWith('/runwire.')) rpcs.known.add(rpc);
    const call = requestStream ? upload : responseStream ? stream : unary;
    methods[name] = (request = {}) => {
      rpcs.called.add(rpc);
      return call(client, name, request);
    };
  }
  return methods;
}

const deadline = () => ({deadline: Date.now() + DEADLINE_SECONDS * 1000});

function unary(client, name, request) {
  return new Promise((resolve, reject) => {
    client[name](request, new grpc.Metadata(), deadline(), settle(resolve, reject));
  });
}

/** Returns the call, which is an async iterable of messages. */
function stream(client, name, request) {
  const call = client[name](request, new grpc.Metadata(), deadline());
  // Cancelling is an error to the stream; whoever iterates still sees real ones.
  call.on('error', () => {});
  return call;
}

function upload(client, name, messages) {
  return new Promise((resolve, reject) => {
    const call = client[name](new grpc.Metadata(), deadline(), settle(resolve, reject));
    // The server may refuse before everything is written; its status is the answer then.
    call.on('error', () => {});
    for (const message of messages) call.write(message);
    call.end();
  });
}

const settle = (resolve, reject) => (error, answer) => (error ? reject(error) : resolve(answer));

/** Reads messages up to and including the first that satisfies, then cancels. */
export async function readUntil(call, satisfies) {
  const messages = [];
  for await (const message of call) {
    messages.push(message);
    if (satisfies(message)) {
      call.cancel();
      return messages;
    }
  }
  throw new Error(`the stream ended after ${messages.length} messages`);
}

/** Reads a stream to its end. */
export async function readAll(call) {
  const messages = [];
  for await (const message of call) messages.push(message);
  return messages;
}

/** A JSON value as bytes, the way it travels. */
export const payload = (value) => ({
  content_type: 'application/json',
  data: Buffer.from(JSON.stringify(value)),
});

export const valueOf = ({data}) => JSON.parse(data.toString('utf-8'));

/** The details of an error by type name, for example `details['google.rpc.ErrorInfo']`. */
export function detailsOf(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  const status = definition['google.rpc.Status'].deserialize(bytes);
  return Object.fromEntries(
    status.details.map(({type_url, value}) => {
      const type = type_url.split('/').at(-1);
      return [type, definition[type].deserialize(value)];
    }),
  );
}
