import '../bin/check-node.js';

void import('./lib/main.mjs').then(({ main }) => main('generate'));
