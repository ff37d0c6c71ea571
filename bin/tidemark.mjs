#!/usr/bin/env node
// TypeScript runs as it is, so a fresh checkout needs no build. A tsconfig.json of the user's folder is not ours.
import { register } from 'tsx/esm/api';

register({ tsconfig: false });
// Which Node.js to run is said by package.json, not by each command that asks AWS.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
await import('./tidemark.ts');
