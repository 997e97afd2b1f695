// `client.threads.stream` of @langchain/langgraph-sdk, over server-sent events and over a WebSocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "@langchain/langgraph-sdk";
import WebSocketOfNode from "ws";

const apiUrl = process.env.LANGGRAPH_API_URL;
const client = new Client({ apiUrl });
const human = (content) => ({ messages: [{ type: "human", content }] });
