# shellcheck shell=bash
# Mock devices whose words are none of the drivers' defaults: what only a recording can tell.
# shellcheck disable=SC2034 # the scripts use these

gateway_words=(
	--set 'info-path=/SEC7/box.xml'
	--set 'login-path=/SEC7/who.xml?cmd=me'
	--set 'state-path=/SEC7/tls.xml?cmd=show'
	--set 'upload-path=/SEC7/tls.xml?cmd=device-put&view=1'
	--set 'upload-field=pemfile'
	--set 'trust-path=/SEC7/tls.xml?cmd=trust-put'
	--set 'trust-field=rootfile'
	--set 'tick-path=/SEC7/tls.xml?cmd=device-trust'
	--set 'clear-path=/SEC7/tls.xml?cmd=device-clear&sure=yes'
)
platform_words=(
	--set 'ws-path=/manager/talk'
	--set 'app=boss'
	--set 'upload-path=/manager/files?dst=tls'
	--set 'upload-key=ticket'
	--set 'upload-type=application/x-pem'
	--set 'key-mt=GetHttpTicket'
	--set 'key-result-mt=GetHttpTicketResult'
	--set 'delete-mt=RemoveServerCert'
	--set 'delete-result-mt=RemoveServerCertResult'
	--set 'result-mt=ServerCertVerdict'
	--set 'error-field=problem'
)
gateway_address=127.79.0.1
platform_address=127.79.1.1
