/**
 * @file
 * gateway: the parts of understanding a gateway's recording.
 */
#ifndef LEARN_GATEWAY_H
#define LEARN_GATEWAY_H

#include "found.h"

/** Does it bring a certificate to the trust list? */
bool gateway_is_trust(const struct entry *entry);

/** Did it go to the host and port of the upload? */
bool gateway_is_there(const struct entry *entry, const struct entry *upload);

/** Did the box say yes, as far as the recording tells? */
bool answer_accepted(const struct learner *learner, const struct entry *entry);

/** @name upload.ok and upload.error
 * @{ */
void answer_learn_yes(struct learner *learner, const struct entry *upload);
void answer_learn_no(struct learner *learner, const struct entry *upload);
/** @} */

/** trust.mode, .path, .field, .tick */
void trust_learn(struct learner *learner, const struct entry *upload);

#endif
