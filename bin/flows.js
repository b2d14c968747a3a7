#!/usr/bin/env node
import './check-node.js';

void import('./launch.js').then(({ launch }) => launch());
