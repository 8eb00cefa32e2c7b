/* SPDX-License-Identifier: Apache-2.0 */
/* login.h - who sits behind this process, as far as the system and the surroundings tell. */
#ifndef BASE_LOGIN_H
#define BASE_LOGIN_H

/* Who stands behind sudo, else whose account it is; NULL where neither is known. */
const char *login_name(void);
/* What SUDO_USER and SSH_CONNECTION say, which whoever started us could set; NULL for none. */
const char *login_sudo_user(void);
const char *login_connection(void);
/* The terminal's path; NULL for none. Good until the next call. */
const char *login_tty(void);

#endif
