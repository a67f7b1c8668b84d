"""Disputes."""

from descrow.kernel.problems.texts.words import Text, Words

DISPUTES = {
    "bundle_not_offered": Text(
        "This shop signs no bundles of disputes. The dispute and its money are as they were.",
        "Read the dispute's thread here instead.",
        Words(
            "Hakuna kifurushi",
            "Duka hili halisaini vifurushi vya migogoro. Mgogoro na pesa zake viko kama vilivyokuwa.",
            "Soma mazungumzo ya mgogoro hapa badala yake.",
        ),
    ),
    "dispute_not_found": Text(
        "Nobody has disputed this order. Its money is where it was.",
        "If something is wrong with what you bought, raise a dispute on the order's page.",
        Words(
            "Hakuna mgogoro",
            "Hakuna aliyefungua mgogoro kuhusu oda hii. Pesa zake ziko zilipokuwa.",
            "Ikiwa kuna tatizo na ulichonunua, fungua mgogoro kwenye ukurasa wa oda.",
        ),
    ),
    "evidence_erased": Text(
        "This file was erased. Nobody can read it any more; the dispute's thread says who erased it.",
        "Ask whoever showed it to show it again, if it is needed.",
        Words(
            "Imefutwa",
            "Faili hii imefutwa. Hakuna anayeweza kuisoma tena; mazungumzo ya mgogoro yanaonyesha aliyeifuta.",
            "Ikiwa inahitajika, mwombe aliyeionyesha aionyeshe tena.",
        ),
    ),
    "evidence_not_found": Text(
        "There is no such file in this dispute.",
        "Take its number from the dispute's thread.",
        Words(
            "Haijapatikana",
            "Hakuna faili hiyo katika mgogoro huu.",
            "Chukua namba yake kwenye mazungumzo ya mgogoro.",
        ),
    ),
    "evidence_not_offered": Text(
        "This shop takes no files in disputes.",
        "Write what there is to say.",
        Words(
            "Faili hazipokelewi",
            "Duka hili halipokei faili katika migogoro.",
            "Andika unachotaka kusema.",
        ),
    ),
    "evidence_not_yours": Text(
        "Only who showed the file, or the arbiter, can erase it. Nothing was erased.",
        "Ask one of them.",
        Words(
            "Si yako kufuta",
            "Aliyeonyesha faili, au mwamuzi, ndiye pekee anayeweza kuifuta. Hakuna kilichofutwa.",
            "Mwombe mmoja wao.",
        ),
    ),
    "evidence_sealed": Text(
        "This file is sealed for the buyer, the seller and the arbiter. It cannot be shown to you.",
        "Ask one of them what is in it.",
        Words(
            "Imefungwa kwa siri",
            "Faili hii imefungwa kwa ajili ya mnunuzi, muuzaji na mwamuzi. Huwezi kuonyeshwa.",
            "Muulize mmoja wao kilichomo.",
        ),
    ),
    "evidence_unreadable": Text(
        "This file cannot be decrypted here. The dispute and its money are as they were.",
        "Tell the shop; its operator should look at the key for evidence.",
        Words(
            "Haisomeki",
            "Faili hii haiwezi kufunguliwa hapa. Mgogoro na pesa zake viko kama vilivyokuwa.",
            "Liambie duka; msimamizi aangalie ufunguo wa ushahidi.",
        ),
    ),
    "file_not_whole": Text(
        "Not all of the file has come; nothing was shown to anybody.",
        "Send the rest of it, then try again.",
        Words(
            "Haijafika yote",
            "Faili haijafika yote; hakuna aliyeonyeshwa chochote.",
            "Tuma sehemu iliyobaki, kisha jaribu tena.",
        ),
    ),
    "part_not_next": Text(
        "This part of the file does not follow on what has come. What has come is kept.",
        "Ask how much has come, and go on from there.",
        Words(
            "Si sehemu inayofuata",
            "Sehemu hii ya faili haifuati iliyokwisha kufika. Iliyofika imehifadhiwa.",
            "Uliza ni kiasi gani kimefika, kisha endelea kutoka hapo.",
        ),
    ),
    "thread_closed": Text(
        "In its present state nothing of yours can be added to this dispute. Nothing was added.",
        "Look at the order: its page shows what you can do now.",
        Words(
            "Huwezi kuongeza",
            "Katika hali ya sasa huwezi kuongeza kitu kwenye mgogoro huu. Hakuna kilichoongezwa.",
            "Angalia oda: ukurasa wake unaonyesha unachoweza kufanya sasa.",
        ),
    ),
    "thread_full": Text(
        "The dispute has as many entries as it can have. Nothing was added.",
        "Wait for the arbiter's decision, or settle with the other party.",
        Words(
            "Yaliyosemwa yanatosha",
            "Mgogoro umejaa; hauwezi kuongezwa zaidi. Hakuna kilichoongezwa.",
            "Subiri uamuzi wa mwamuzi, au elewaneni na mwenzako.",
        ),
    ),
}
