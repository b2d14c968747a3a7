import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadProject } from '../../config/project.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import type { Cli } from '../cli.ts';
import type { CommonOptions, Register } from '../command.ts';
import { projectDir } from '../project-dir.ts';

/** Port of the sandbox when nothing else is asked for. */
const DEFAULT_PORT = 7090;
