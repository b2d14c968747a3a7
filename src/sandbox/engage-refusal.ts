import { Refusal } from './refusal.ts';

/** A refusal in the form of Engage's errors (docs.mapp.com "Engage API error handling"). */
export class EngageRefusal extends Refusal {
  constructor(
    status: number,
    errorCode: string,
    message: string,
    extra: { readonly [key: string]: unknown } = {},
    queued = false,
  ) {
    super(status, errorCode, message, {
      queued,
      body: { errorActor: status < 500 ? 'CLIENT' : 'SERVER', errorCode, message, ...extra },
    });
  }
}

export function noSuchObject(objectType: string, propertyName: string, propertyValue: string): EngageRefusal {
  return new EngageRefusal(400, 'NO_SUCH_OBJECT', `${objectType} does not exist`, {
    objectType,
    propertyName,
    propertyValue,
  });
}

export function missingParameter(parameterName: string): EngageRefusal {
  return new EngageRefusal(400, 'MISSING_PARAMETER', `the parameter ${parameterName} is missing`, {
    parameterName,
    propertyName: null,
    value: 'null',
  });
}

export function invalidParameter(parameterName: string, value: string, accepted: string): EngageRefusal {
  return new EngageRefusal(
    400,
    'INVALID_PARAMETER',
    `${parameterName} is ${JSON.stringify(value)}; accepted is ${accepted}`,
    {
      parameterName,
      propertyName: null,
      value,
    },
  );
}
