/** The version of the Firehose protocol we speak: that of mParticle's SDK 3.2.0. */
export const FIREHOSE_VERSION = '3.2.0';

const ACCOUNT_SETTINGS = [
  {
    type: 'text',
    id: 'ingestKey',
    name: 'Ingest key',
    description:
      'The secret of this source in mapp.yaml; not needed where requests carry it in their Authorization header.',
    visible: true,
    required: false,
    confidential: true,
  },
];

const raw = (type: string) => ({ type, encoding: 'raw', required: false });

/** What we tell mParticle about ourselves: what is not asked for here is never sent. */
export const REGISTRATION = {
  sdk_version: FIREHOSE_VERSION,
  name: 'Mapp Flows',
  version: '1.0',
  description: 'Starts and moves lifecycle flows on Mapp Connect by mParticle events and audiences.',
  permissions: {
    user_identities: [raw('email'), raw('customer'), raw('mobile_number')],
    device_identities: [],
    partner_identities: [],
    allow_user_attributes: true,
    allow_audience_user_attributes: true,
    allow_consent_state: true,
    allow_access_mpid: true,
    allow_access_ip_address: false,
    allow_access_location: false,
    allow_access_http_user_agent: false,
    allow_device_info: false,
  },
  event_processing_registration: {
    account_settings: ACCOUNT_SETTINGS,
    supported_event_types: [
      'session_start',
      'session_end',
      'custom_event',
      'screen_view',
      'product_action',
      'user_attribute_change',
      'user_identity_change',
      'push_message_open',
    ],
    supported_runtime_environments: [
      'unknown',
      'android',
      'ios',
      'mobileweb',
      'tvos',
      'roku',
      'xbox',
      'firetv',
      'alexa',
      'smarttv',
    ],
    supported_system_notification_types: ['gdpr_consent_state'],
    max_data_age_hours: 24,
  },
  audience_processing_registration: {
    account_settings: ACCOUNT_SETTINGS,
    audience_subscription_settings: [],
  },
  dsr_processing_registration: {
    account_settings: ACCOUNT_SETTINGS,
    supported_dsr_types: ['erasure'],
  },
};
