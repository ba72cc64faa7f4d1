"""What WeChat and WeCom have in common: calls with an access token, refusals by code, and signed callbacks."""
