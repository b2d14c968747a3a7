/**
 * Messages and stack traces of failures as a payload, which the codec encrypts: they may quote what a person sent. Found by its
 * path by the SDK, on clients, in workers and in the workflow bundle, so that it is CommonJS, without types.
 */
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
