#!/usr/bin/env node
// TypeScript runs as it is, so a fresh checkout needs no build. A tsconfig.json of the user's folder is not ours.
import { register } from 'tsx/esm/api';

register({ tsconfig: false });
await import('./tidemark.ts');
