"""Google Gemini for Geppetto; the plugin's door is `plugin`, everything else loads when it is used."""

__all__: list[str] = []
