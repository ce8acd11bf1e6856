#!/usr/bin/env sh
# Deploy script of acme.sh, which sources it: docs/hooks.md of certroll.  Link it into acme.sh's folder
# deploy, and choose it with --deploy-hook certroll.

# certroll_deploy DOMAIN KEY CERT CA FULLCHAIN PFX
certroll_deploy() {
	"${CERTROLL:-/usr/bin/certroll}" deploy --yes --queue 30m \
		--config "${CERTROLL_CONFIG:-/etc/certroll/hook.conf}" \
		--from-lineage "$5" --from-lineage "$2" </dev/null
}
